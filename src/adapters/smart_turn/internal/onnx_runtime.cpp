#include "adapters/smart_turn/internal/onnx_runtime.hpp"

#include <dlfcn.h>

#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

namespace studio::adapters::smart_turn {

namespace {

/// A model of this kind is 9 MB; one of a hundred times that is another file.
constexpr std::streamsize model_bytes_max = 64 << 20;

// What the library hands out; what is inside is its own business.
struct Status;
struct Environment;
struct Session;
struct SessionOptions;
struct MemoryInfo;
struct Value;
struct TensorInfo;

// Of its enumerations.
constexpr int log_errors = 3;
constexpr int optimise_all = 99;
constexpr int device_allocator = 0;
constexpr int default_memory = 0;
constexpr int element_float = 1;

/// The functions that are used, with their places in the table of version 1. Those that may fail
/// return a Status, which is nullptr where all is well.
struct Functions {
    const char* (*error_message)(const Status*) = nullptr;
    Status* (*create_environment)(int level, const char* name, Environment** out) = nullptr;
    Status* (*create_session)(const Environment*, const void* model, std::size_t bytes,
                              const SessionOptions*, Session** out) = nullptr;
    Status* (*run)(Session*, const void* options, const char* const* input_names,
                   const Value* const* inputs, std::size_t input_count,
                   const char* const* output_names, std::size_t output_count,
                   Value** outputs) = nullptr;
    Status* (*create_options)(SessionOptions** out) = nullptr;
    Status* (*set_optimisation)(SessionOptions*, int level) = nullptr;
    Status* (*set_threads)(SessionOptions*, int count) = nullptr;
    Status* (*set_parallel_threads)(SessionOptions*, int count) = nullptr;
    Status* (*wrap_tensor)(const MemoryInfo*, void* data, std::size_t bytes,
                           const std::int64_t* dimensions, std::size_t dimension_count, int element,
                           Value** out) = nullptr;
    Status* (*tensor_data)(Value*, void** out) = nullptr;
    Status* (*element_type)(const TensorInfo*, int* out) = nullptr;
    Status* (*element_count)(const TensorInfo*, std::size_t* out) = nullptr;
    Status* (*tensor_info)(const Value*, TensorInfo** out) = nullptr;
    Status* (*create_memory_info)(int allocator, int memory, MemoryInfo** out) = nullptr;
    void (*release_environment)(Environment*) = nullptr;
    void (*release_status)(Status*) = nullptr;
    void (*release_memory_info)(MemoryInfo*) = nullptr;
    void (*release_session)(Session*) = nullptr;
    void (*release_value)(Value*) = nullptr;
    void (*release_tensor_info)(TensorInfo*) = nullptr;
    void (*release_options)(SessionOptions*) = nullptr;
};

using Table = const void* const*;

template <class Function>
void take(Function& function, Table table, std::size_t place) {
    function = reinterpret_cast<Function>(reinterpret_cast<std::uintptr_t>(table[place]));
}

Functions functions_of(Table table) {
    Functions found;
    take(found.error_message, table, 2);
    take(found.create_environment, table, 3);
    take(found.create_session, table, 8);
    take(found.run, table, 9);
    take(found.create_options, table, 10);
    take(found.set_optimisation, table, 23);
    take(found.set_threads, table, 24);
    take(found.set_parallel_threads, table, 25);
    take(found.wrap_tensor, table, 49);
    take(found.tensor_data, table, 51);
    take(found.element_type, table, 60);
    take(found.element_count, table, 64);
    take(found.tensor_info, table, 65);
    take(found.create_memory_info, table, 69);
    take(found.release_environment, table, 92);
    take(found.release_status, table, 93);
    take(found.release_memory_info, table, 94);
    take(found.release_session, table, 95);
    take(found.release_value, table, 96);
    take(found.release_tensor_info, table, 99);
    take(found.release_options, table, 100);
    return found;
}

/// What the library's only export returns.
struct Base {
    Table (*table_of)(std::uint32_t version);
    const char* (*version)();
};

Result<Functions, std::string> load_functions(const std::string& path) {
    constexpr std::uint32_t version = 1;
    // Local: its symbols are for nobody else. Where sherpa-onnx has loaded the same file it is the
    // same library.
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        const char* reason = dlerror();
        return fail(reason != nullptr ? std::string(reason) : "cannot load " + path);
    }
    // What dlsym gives for a function is a pointer to a function (POSIX).
    const auto base_of = reinterpret_cast<const Base* (*)()>(dlsym(handle, "OrtGetApiBase"));
    const Base* const base = base_of != nullptr ? base_of() : nullptr;
    const Table table = base != nullptr ? base->table_of(version) : nullptr;
    if (table == nullptr) {
        return fail(path + " is no library of ONNX Runtime");
    }
    return functions_of(table);
}

/// Owns one thing of the library's.
template <class Thing>
class Owned {
public:
    explicit Owned(void (*release)(Thing*)) : release_(release) {}
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() {
        if (thing_ != nullptr) {
            release_(thing_);
        }
    }
    [[nodiscard]] Thing* get() const { return thing_; }
    [[nodiscard]] Thing** out() { return &thing_; }

private:
    void (*release_)(Thing*);
    Thing* thing_ = nullptr;
};

/// Takes statuses until one tells of an error; nothing is called after that.
class Steps {
public:
    explicit Steps(const Functions& functions) : functions_(functions) {}

    template <class Function, class... Arguments>
    void call(Function function, Arguments... arguments) {
        if (!error_.empty()) {
            return;
        }
        if (Status* const status = function(arguments...); status != nullptr) {
            const char* const message = functions_.error_message(status);
            error_ = message != nullptr && *message != '\0' ? message : "unknown error";
            functions_.release_status(status);
        }
    }
    [[nodiscard]] const std::string& error() const { return error_; }

private:
    const Functions& functions_;
    std::string error_;
};

Result<std::vector<char>, std::string> read_model(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) {
        return fail("there is no " + path);
    }
    const std::streamsize size = file.tellg();
    if (size <= 0 || size > model_bytes_max) {
        return fail(path + " is no model: it has " + std::to_string(size) + " bytes");
    }
    std::vector<char> bytes(static_cast<std::size_t>(size));
    file.seekg(0);
    file.read(bytes.data(), size);
    if (!file) {
        return fail(path + " cannot be read");
    }
    return bytes;
}

}  // namespace

struct OnnxNetwork::Parts {
    explicit Parts(const Functions& its_functions) : functions(its_functions) {}

    Functions functions;
    Owned<Environment> environment{functions.release_environment};
    Owned<MemoryInfo> memory{functions.release_memory_info};
    Owned<Session> session{functions.release_session};
};

OnnxNetwork::OnnxNetwork(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
OnnxNetwork::~OnnxNetwork() = default;

Result<std::unique_ptr<const OnnxNetwork>, std::string> OnnxNetwork::load(
    const std::string& library, const std::string& model) {
    const auto bytes = read_model(model);
    if (!bytes) {
        return fail(bytes.error());
    }
    const auto functions = load_functions(library);
    if (!functions) {
        return fail(functions.error());
    }
    auto parts = std::make_unique<Parts>(*functions);
    const Functions& use = parts->functions;
    Steps steps(use);
    Owned<SessionOptions> options(use.release_options);
    steps.call(use.create_environment, log_errors, "agent-studio", parts->environment.out());
    steps.call(use.create_memory_info, device_allocator, default_memory, parts->memory.out());
    steps.call(use.create_options, options.out());
    steps.call(use.set_optimisation, options.get(), optimise_all);
    // No threads of its own: who asks computes.
    steps.call(use.set_threads, options.get(), 1);
    steps.call(use.set_parallel_threads, options.get(), 1);
    steps.call(use.create_session, parts->environment.get(),
               static_cast<const void*>(bytes->data()), bytes->size(), options.get(),
               parts->session.out());
    if (!steps.error().empty()) {
        return fail(model + ": " + steps.error());
    }
    return std::unique_ptr<const OnnxNetwork>(new OnnxNetwork(std::move(parts)));
}

Result<float, std::string> OnnxNetwork::run(const Shape& shape, std::span<float> input) const {
    const Functions& use = parts_->functions;
    Steps steps(use);
    Owned<Value> tensor(use.release_value);
    Owned<Value> output(use.release_value);
    Owned<TensorInfo> info(use.release_tensor_info);
    steps.call(use.wrap_tensor, parts_->memory.get(), static_cast<void*>(input.data()),
               input.size_bytes(), shape.dimensions.data(), shape.dimensions.size(), element_float,
               tensor.out());
    const Value* const inputs = tensor.get();
    steps.call(use.run, parts_->session.get(), static_cast<const void*>(nullptr), &shape.input,
               &inputs, std::size_t{1}, &shape.output, std::size_t{1}, output.out());
    std::size_t count = 0;
    int element = 0;
    steps.call(use.tensor_info, output.get(), info.out());
    steps.call(use.element_count, info.get(), &count);
    steps.call(use.element_type, info.get(), &element);
    if (steps.error().empty() && (count != 1 || element != element_float)) {
        return fail(std::string("the network's output is not one number"));
    }
    void* data = nullptr;
    steps.call(use.tensor_data, output.get(), &data);
    if (!steps.error().empty()) {
        return fail(steps.error());
    }
    return *static_cast<const float*>(data);
}

}  // namespace studio::adapters::smart_turn
