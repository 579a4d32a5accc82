// The C API of MariaDB or of MySQL: whichever the build points at. VOW_MYSQL_API names the header where
// neither is found in its usual place.
#pragma once

#if defined(VOW_MYSQL_API)
#include VOW_MYSQL_API
#elif __has_include(<mysql.h>)
#include <mysql.h>
#elif __has_include(<mariadb/mysql.h>)
#include <mariadb/mysql.h>
#else
#include <mysql/mysql.h>
#endif
