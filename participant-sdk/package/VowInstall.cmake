# The rules by which the SDK is installed: headers, library, what find_package() and pkg-config read. Nothing in it
# names a folder of this machine.
include_guard()
include(CMakePackageConfigHelpers)
set(Vow_PACKAGE_FOLDER ${CMAKE_CURRENT_LIST_DIR})

# One kind of library, as an install component. The others keep theirs EXCLUDE_FROM_ALL.
function(vow_install_sdk kind component)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${kind})
  set(cmake_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Vow)
  set(into COMPONENT ${component} ${ARGN})

  install(DIRECTORY ${PROJECT_SOURCE_DIR}/participant-sdk/include/vow DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${into}
          FILES_MATCHING PATTERN *.h)
  # For the interfaces of users, with Vow::thrift.
  install(FILES ${PROJECT_SOURCE_DIR}/thrift/vow.thrift DESTINATION ${CMAKE_INSTALL_DATADIR}/vow ${into})
  install(TARGETS vow_sdk_${kind} EXPORT Vow_${kind} LIBRARY ${into} ARCHIVE ${into})
  install(EXPORT Vow_${kind} FILE VowTargets_${kind}.cmake NAMESPACE Vow:: DESTINATION ${cmake_folder} ${into})

  if(kind STREQUAL "static" AND TARGET vow_module_testing)
    install(TARGETS vow_module_testing EXPORT Vow_testing ARCHIVE ${into})
    install(EXPORT Vow_testing FILE VowTargets_testing.cmake NAMESPACE Vow:: DESTINATION ${cmake_folder} ${into})
  endif()

  set(VOW_KIND ${kind})
  configure_package_config_file(${Vow_PACKAGE_FOLDER}/VowConfig.cmake.in ${out}/VowConfig.cmake
    INSTALL_DESTINATION ${cmake_folder})
  set(compatible SameMajorVersion)
  if(PROJECT_VERSION_MAJOR EQUAL 0)
    set(compatible SameMinorVersion)
  endif()
  write_basic_package_version_file(${out}/VowConfigVersion.cmake COMPATIBILITY ${compatible})
  install(FILES ${out}/VowConfig.cmake ${out}/VowConfigVersion.cmake
    ${Vow_PACKAGE_FOLDER}/VowDependencies.cmake ${Vow_PACKAGE_FOLDER}/VowDrivers.cmake
    ${Vow_PACKAGE_FOLDER}/VowModules.cmake DESTINATION ${cmake_folder} ${into})

  vow_write_pc_files(${kind} ${out})
  install(DIRECTORY ${out}/ DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig ${into} FILES_MATCHING PATTERN *.pc)
endfunction()

function(vow_write_pc_files kind out)
  file(RELATIVE_PATH to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
  set(private "")
  if(kind STREQUAL "static")
    set(private "Requires.private: fmt libevent libxxhash\nLibs.private: -l:libthrift.a -pthread")
  endif()
  configure_file(${Vow_PACKAGE_FOLDER}/vow-sdk.pc.in ${out}/vow-sdk.pc @ONLY)

  foreach(name ${Vow_MODULES})
    if(Vow_${name}_WITH_LIBRARY AND NOT (kind STREQUAL "static" AND TARGET vow_module_${name}))
      continue()
    endif()
    list(JOIN Vow_${name}_PC_LIBS " " libs)
    set(requires "vow-sdk = ${PROJECT_VERSION}" ${Vow_${name}_PKG_CONFIG})
    list(JOIN requires ", " requires)
    configure_file(${Vow_PACKAGE_FOLDER}/vow-sdk-module.pc.in ${out}/vow-sdk-${name}.pc @ONLY)
  endforeach()
endfunction()
