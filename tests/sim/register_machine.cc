#include "tests/sim/register_machine.h"

#include <algorithm>
#include <utility>

#include "coordinator/base/bytes.h"
#include "coordinator/base/check.h"
#include "coordinator/base/checksum.h"

namespace vow::sim {
namespace {

constexpr std::uint64_t ballast_chunk_bytes = 64 << 10;

// Bytes that tell whether they are at the right place.
std::string ballast_chunk(std::uint64_t offset, std::uint64_t end) {
  ByteWriter out;
  for (std::uint64_t at = offset; at < std::min(end, offset + ballast_chunk_bytes); at += 8)
    out.u64(at * 0x9e3779b97f4a7c15ULL);
  return out.take();
}

class FrozenRegisters final : public node::StateMachine::Frozen {
 public:
  explicit FrozenRegisters(Registers registers) : registers_(std::move(registers)) {}

  std::optional<std::string> next_chunk() override {
    if (!begun_) {
      begun_ = true;
      return head();
    }
    if (offset_ >= registers_.ballast) return std::nullopt;
    std::string chunk = ballast_chunk(offset_, registers_.ballast);
    offset_ += ballast_chunk_bytes;
    return chunk;
  }

 private:
  [[nodiscard]] std::string head() const {
    ByteWriter out;
    out.u64(registers_.applied);
    out.u64(registers_.chain);
    out.u64(registers_.ballast);
    out.u64(registers_.values.size());
    for (const auto& [key, value] : registers_.values) {
      out.u32(key);
      out.u64(value);
    }
    return out.take();
  }

  Registers registers_;
  bool begun_ = false;
  std::uint64_t offset_ = 0;
};

class RegistersLoader final : public node::StateMachine::Loader {
 public:
  bool take(std::string_view chunk) override {
    if (begun_) return take_ballast(chunk);
    begun_ = true;
    ByteReader in(chunk);
    registers_.applied = in.u64();
    registers_.chain = in.u64();
    registers_.ballast = in.u64();
    for (std::uint64_t left = in.u64(); left > 0 && in.ok(); --left) {
      const Key key = in.u32();
      registers_.values[key] = in.u64();
    }
    return in.at_end();
  }

  [[nodiscard]] bool complete() const { return begun_ && offset_ >= registers_.ballast; }
  [[nodiscard]] const Registers& registers() const { return registers_; }

 private:
  bool take_ballast(std::string_view chunk) {
    if (offset_ >= registers_.ballast || chunk != ballast_chunk(offset_, registers_.ballast)) return false;
    offset_ += ballast_chunk_bytes;
    return true;
  }

  Registers registers_;
  bool begun_ = false;
  std::uint64_t offset_ = 0;
};

}  // namespace

std::string encode(const Command& command) {
  ByteWriter out;
  out.u64(command.attempt);
  out.u8(static_cast<std::uint8_t>(command.operation.kind));
  out.u32(command.operation.key);
  out.u64(command.operation.expected);
  out.u64(command.operation.value);
  out.bytes(std::string(command.padding, static_cast<char>('a' + command.attempt % 26)));
  return out.take();
}

std::optional<Command> decode_command(std::string_view bytes) {
  ByteReader in(bytes);
  Command command;
  command.attempt = in.u64();
  const std::uint8_t kind = in.u8();
  command.operation.key = in.u32();
  command.operation.expected = in.u64();
  command.operation.value = in.u64();
  command.padding = static_cast<std::uint32_t>(in.bytes().size());
  if (!in.at_end() || kind > static_cast<std::uint8_t>(OperationKind::cas)) return std::nullopt;
  command.operation.kind = static_cast<OperationKind>(kind);
  return command;
}

std::string encode(const Answer& answer) {
  ByteWriter out;
  out.u8(answer.swapped ? 1 : 0);
  out.u64(answer.found);
  return out.take();
}

std::optional<Answer> decode_answer(std::string_view bytes) {
  ByteReader in(bytes);
  Answer answer;
  answer.swapped = in.u8() != 0;
  answer.found = in.u64();
  if (!in.at_end()) return std::nullopt;
  return answer;
}

std::uint64_t Registers::hash() const {
  ByteWriter out;
  out.u64(applied);
  out.u64(chain);
  for (const auto& [key, value] : values) {
    out.u32(key);
    out.u64(value);
  }
  return checksum(out.view());
}

std::string RegisterMachine::apply(storage::LogPosition at, std::string_view bytes) {
  const std::optional<Command> command = decode_command(bytes);
  VOW_CHECK(command.has_value(), "entry {} holds a command of {} bytes that nobody wrote",
            to_string(at.index), bytes.size());
  const Operation& op = command->operation;
  Value& value = registers_.values[op.key];
  const Answer answer{op.kind == OperationKind::cas && value == op.expected, value};
  if (op.kind == OperationKind::put || answer.swapped) value = op.value;
  ++registers_.applied;
  registers_.chain = checksum(bytes, registers_.chain ^ at.index.value());
  return encode(answer);
}

std::unique_ptr<node::StateMachine::Frozen> RegisterMachine::freeze() {
  return std::make_unique<FrozenRegisters>(registers_);
}

std::unique_ptr<node::StateMachine::Loader> RegisterMachine::begin_load() {
  return std::make_unique<RegistersLoader>();
}

void RegisterMachine::adopt(std::unique_ptr<Loader> loaded) {
  const auto* loader = dynamic_cast<const RegistersLoader*>(loaded.get());
  VOW_CHECK(loader != nullptr, "adopting what another machine has loaded");
  VOW_CHECK(loader->complete(), "adopting a state of which pieces are missing");
  registers_ = loader->registers();
}

Value RegisterMachine::get(Key key) const {
  const auto found = registers_.values.find(key);
  return found == registers_.values.end() ? 0 : found->second;
}

}  // namespace vow::sim
