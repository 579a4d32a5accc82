# How VowModules.cmake is read, when Vow is built and when an installed Vow is found.
set(Vow_MODULES "")

# Puts the name into Vow_MODULES, and what is said of it into Vow_NAME_DEBIAN, _PKG_CONFIG, _PACKAGE, _LINKS, _PC_LIBS
# and _WITH_LIBRARY.
macro(vow_module name)
  list(APPEND Vow_MODULES ${name})
  cmake_parse_arguments(Vow_${name} "WITH_LIBRARY" "DEBIAN;PKG_CONFIG" "PACKAGE;LINKS;PC_LIBS" ${ARGN})
endmacro()

# Looks for what a module is compiled against. `links` becomes the targets to be linked; nothing, if one is missing.
function(vow_find_driver name links)
  set(targets ${Vow_${name}_LINKS})
  if(Vow_${name}_PKG_CONFIG)
    find_package(PkgConfig QUIET)
    if(PkgConfig_FOUND)
      pkg_check_modules(VOW_${name} QUIET IMPORTED_TARGET ${Vow_${name}_PKG_CONFIG})
    endif()
    set(targets PkgConfig::VOW_${name})
  else()
    find_package(${Vow_${name}_PACKAGE} QUIET)
  endif()
  foreach(target ${targets})
    if(NOT TARGET ${target})
      set(targets "")
    endif()
  endforeach()
  set(${links} "${targets}" PARENT_SCOPE)
endfunction()
