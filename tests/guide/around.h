// What the pieces of code on the pages leave to the reader.
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <pqxx/pqxx>
#include <vow/client.h>
#include <vow/mysql.h>
#include <vow/postgres.h>
#include <vow/sqlite.h>

using namespace std::chrono_literals;

extern vow::client client;
extern vow::postgres::resource orders;
extern vow::mysql::resource payments;
extern vow::sqlite::resource stock;
extern const vow::headers request_headers;
extern const std::string dsn;
extern const std::function<void(vow::tx&)> work;

void keep_draft(const std::string& id, const std::string& text);
void send_draft(const std::string& id);
void drop_draft(const std::string& id);
void remember(const std::string& xid);
vow::headers post(const std::string& path, const vow::headers& with);
