# One target per folder. `vow_library(raft SOURCES a.cc DEPENDS base storage)` makes the library vow_raft for the
# product and, for simulators alone, vow_raft_planted: the same sources with planted bugs compiled in (all of them off).
include_guard()

option(VOW_SANITIZE_ADDRESS "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(VOW_SANITIZE_THREAD "Build with ThreadSanitizer" OFF)

find_program(VOW_CCACHE ccache)
if(VOW_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${VOW_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${VOW_CCACHE})
endif()

# GCC takes what sanitizers add to the code for uses of uninitialized values, even inside the standard library.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND (VOW_SANITIZE_ADDRESS OR VOW_SANITIZE_THREAD))
  add_compile_options(-Wno-maybe-uninitialized)
endif()

if(VOW_SANITIZE_ADDRESS)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(VOW_SANITIZE_THREAD)
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()

# What every target of ours has: the root as include path, and no warning left. Who builds Vow to use it may have a
# compiler that we do not know, or optimize as we do not: there a warning stays one.
add_library(vow_options INTERFACE)
target_include_directories(vow_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(vow_options INTERFACE -Wall -Wextra -Wshadow $<$<BOOL:${VOW_BUILD_TESTS}>:-Werror>)

function(vow_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LINKS" ${ARGN})
  foreach(variant "" "_planted")
    set(target vow_${name}${variant})
    add_library(${target} STATIC ${ARG_SOURCES})
    target_link_libraries(${target} PUBLIC vow_options ${ARG_LINKS})
    foreach(dependency ${ARG_DEPENDS})
      target_link_libraries(${target} PUBLIC vow_${dependency}${variant})
    endforeach()
  endforeach()
  target_compile_definitions(vow_${name}_planted PUBLIC VOW_PLANTS)
  # Built only where a simulator needs it. Tools that read the compile commands should see each file once, as the
  # product has it.
  set_target_properties(vow_${name}_planted PROPERTIES EXPORT_COMPILE_COMMANDS OFF EXCLUDE_FROM_ALL ON)
endfunction()

# Sanitized builds are large: these targets are the programs that run there, and nothing else.
if(VOW_BUILD_TESTS)
  add_custom_target(threads_tests COMMENT "Built the tests labelled `threads`")
  add_custom_target(quick_tests COMMENT "Built the tests that run under sanitizers")
endif()

# `vow_test(raft SOURCES a_test.cc DEPENDS raft)` makes the test program raft_test and names it to ctest. `LABELS` may
# be `slow` (not in quick runs nor under sanitizers), `full` (heavy: only in full runs), `planted` (with planted bugs
# compiled in: not under sanitizers) and `threads` (run once more with ThreadSanitizer).
function(vow_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LINKS;LABELS" ${ARGN})
  add_executable(${name}_test ${ARG_SOURCES})
  foreach(dependency ${ARG_DEPENDS})
    target_link_libraries(${name}_test PRIVATE vow_${dependency})
  endforeach()
  # A test is compiled longer than it runs, above all with sanitizers. Libraries that it tests are optimized all the
  # same; headers are as it is, and are compiled as they are shipped by the tests of the package and of the guide.
  if(VOW_SANITIZE_ADDRESS OR VOW_SANITIZE_THREAD)
    target_compile_options(${name}_test PRIVATE -O0)
  elseif(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    target_compile_options(${name}_test PRIVATE -O1 -g1)
  endif()
  target_link_libraries(${name}_test PRIVATE vow_options GTest::gmock GTest::gtest_main ${ARG_LINKS})
  add_test(NAME ${name} COMMAND ${name}_test WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
  if("threads" IN_LIST ARG_LABELS)
    add_dependencies(threads_tests ${name}_test)
  endif()
  if(NOT ARG_LABELS MATCHES "slow|full|planted")
    add_dependencies(quick_tests ${name}_test)
  endif()
endfunction()
