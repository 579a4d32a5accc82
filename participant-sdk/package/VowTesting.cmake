# The test kit as its users link it: a coordinator, and what moves it. It reaches into the core, where the shared library
# shows nothing, so it goes with the static one.
set(kit vow_sdk_testing vow_dispatch vow_dispatch_words vow_delivery vow_node vow_machine vow_raft vow_rpc vow_rpc_server
  vow_storage)
list(TRANSFORM kit REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")
add_library(vow_module_testing STATIC ${kit})
set_target_properties(vow_module_testing PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME vow-testing EXPORT_NAME testing)
target_link_libraries(vow_module_testing PUBLIC vow_sdk_static PRIVATE SQLite::SQLite3)
if(VOW_KIND STREQUAL "static")
  add_library(Vow::testing ALIAS vow_module_testing)
endif()
