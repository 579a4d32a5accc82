# The SDK's modules beside its core: headers that are compiled against a library of the user's. Each line makes
# Vow::NAME, a component of find_package(Vow), and vow-sdk-NAME for pkg-config.
#
#   vow_module(NAME DEBIAN package PKG_CONFIG module)
#   vow_module(NAME DEBIAN package PACKAGE arguments of find_package LINKS its targets PC_LIBS linker's flags)
#
# A module WITH_LIBRARY is an archive of ours, made here, which goes with the static core alone.
include(${CMAKE_CURRENT_LIST_DIR}/VowDrivers.cmake)

vow_module(postgres DEBIAN libpqxx-dev PKG_CONFIG libpqxx)
vow_module(mysql DEBIAN libmariadb-dev PKG_CONFIG libmariadb)
vow_module(sqlite DEBIAN libsqlite3-dev PKG_CONFIG sqlite3)
vow_module(poco DEBIAN libpoco-dev PACKAGE Poco COMPONENTS Foundation JSON Net LINKS Poco::Net Poco::JSON
  PC_LIBS -lPocoNet -lPocoJSON -lPocoFoundation)
vow_module(thrift DEBIAN libthrift-dev PKG_CONFIG thrift)
vow_module(testing WITH_LIBRARY DEBIAN libsqlite3-dev PACKAGE SQLite3 LINKS SQLite::SQLite3 PC_LIBS -lvow-testing -lsqlite3)
