// What the program calls of libtorch that tch does not offer; `extension.rs` declares the same functions.
//
// A function that can fail gives null, or a message that the caller frees. Nothing here is linked to the CUDA part of libtorch:
// operators are dispatched, allocator and streams are asked through the interfaces that all devices have, and the class that
// records a graph is looked up by its symbols once that part is loaded.

#include <ATen/ops/_flash_attention_forward.h>
#include <ATen/ops/_fused_rms_norm_backward.h>
#include <ATen/Tensor.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <dlfcn.h>

#include <cstdint>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>

namespace {

template <typename Work>
char *message_of(const Work &work) {
  try {
    work();
    return nullptr;
  } catch (const c10::Error &error) {
    return strdup(error.what_without_backtrace());
  } catch (const std::exception &error) {
    return strdup(error.what());
  }
}

using Pool = c10::MempoolId_t;

// `at::cuda::CUDAGraph` of this version of libtorch; see its ATen/cuda/CUDAGraph.h.
struct GraphClass {
  void (*construct)(void *, bool keep_graph);
  void (*capture_begin)(void *, Pool, int mode);
  void (*capture_end)(void *);
  void (*replay)(void *);
  void (*destruct)(void *);
  Pool (*new_pool)();

  // More than an object takes, and cudaStreamCaptureModeThreadLocal.
  static constexpr size_t SIZE = 4096;
  static constexpr int THIS_THREAD = 1;

  static const GraphClass &get() {
    static const GraphClass found = look_up();
    return found;
  }

 private:
  template <typename Function>
  static void find(Function &function, const char *symbol) {
    function = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, symbol));
    if (!function) throw std::runtime_error(std::string("libtorch has no ") + symbol);
  }

  static GraphClass look_up() {
    GraphClass found{};
    find(found.construct, "_ZN2at4cuda9CUDAGraphC1Eb");
    find(found.capture_begin, "_ZN2at4cuda9CUDAGraph13capture_beginESt4pairIyyE21cudaStreamCaptureMode");
    find(found.capture_end, "_ZN2at4cuda9CUDAGraph11capture_endEv");
    find(found.replay, "_ZN2at4cuda9CUDAGraph6replayEv");
    find(found.destruct, "_ZN2at4cuda9CUDAGraphD1Ev");
    find(found.new_pool, "_ZN2at4cuda17graph_pool_handleEv");
    return found;
  }
};

}  // namespace

extern "C" {

// Packed queries [tokens, heads, head_dim] over packed keys and values; `ends` are int32 [sequences + 1].
char *ssl4rl_flash_attention(const at::Tensor *queries, const at::Tensor *keys, const at::Tensor *values,
                             const at::Tensor *query_ends, const at::Tensor *key_ends, int64_t longest_query,
                             int64_t longest_key, bool causal, at::Tensor **output, at::Tensor **log_sums) {
  return message_of([&] {
    auto found = at::_flash_attention_forward(*queries, *keys, *values, *query_ends, *key_ends, longest_query,
                                              longest_key, /*dropout_p=*/0.0, causal, /*return_debug_mask=*/false);
    *output = new at::Tensor(std::get<0>(found));
    *log_sums = new at::Tensor(std::get<1>(found));
  });
}

// The gradients of an RMS norm's input and weight, of which the second is null where it is not wanted.
char *ssl4rl_rms_norm_backward(const at::Tensor *gradient, const at::Tensor *input, const at::Tensor *scale,
                               const at::Tensor *weight, bool of_weight_too, at::Tensor **of_input,
                               at::Tensor **of_weight) {
  return message_of([&] {
    auto gradients = at::_fused_rms_norm_backward(*gradient, *input, weight->sizes(), *scale, *weight,
                                                  {true, of_weight_too});
    *of_input = new at::Tensor(std::get<0>(gradients));
    *of_weight = of_weight_too ? new at::Tensor(std::get<1>(gradients)) : nullptr;
  });
}

// Bytes of a GPU's memory that are free or only cached here, all of them, and the most that tensors took so far.
char *ssl4rl_gpu_memory(int8_t index, uint64_t *available, uint64_t *total, uint64_t *peak) {
  return message_of([&] {
    auto *allocator = c10::getDeviceAllocator(c10::DeviceType::CUDA);
    auto [free_bytes, total_bytes] = allocator->getMemoryInfo(index);
    auto statistics = allocator->getDeviceStats(index);
    const auto &reserved = statistics.reserved_bytes[0], &allocated = statistics.allocated_bytes[0];
    *available = free_bytes + static_cast<uint64_t>(reserved.current - allocated.current);
    *total = total_bytes;
    *peak = static_cast<uint64_t>(reserved.peak);
  });
}

// Makes another stream than the default one this thread's current stream.
char *ssl4rl_leave_default_stream(int8_t index) {
  return message_of([&] {
    c10::impl::VirtualGuardImpl streams(c10::DeviceType::CUDA);
    streams.exchangeStream(streams.getStreamFromGlobalPool(c10::Device(c10::DeviceType::CUDA, index)));
  });
}

// A place for the memory of graphs; they may share one if no two of them are needed at a time.
char *ssl4rl_graph_pool(uint64_t *first, uint64_t *second) {
  return message_of([&] {
    auto pool = GraphClass::get().new_pool();
    *first = pool.first;
    *second = pool.second;
  });
}

// Gives the memory of a pool back, whose graphs are no more.
char *ssl4rl_graph_pool_free(uint64_t first, uint64_t second) {
  return message_of([&] { c10::getDeviceAllocator(c10::DeviceType::CUDA)->emptyCache({first, second}); });
}

// From here to the end, what this thread asks of the GPU is recorded and not done.
char *ssl4rl_graph_begin(uint64_t first, uint64_t second, void **graph) {
  return message_of([&] {
    const auto &graphs = GraphClass::get();
    *graph = ::operator new(GraphClass::SIZE);
    graphs.construct(*graph, /*keep_graph=*/false);
    graphs.capture_begin(*graph, {first, second}, GraphClass::THIS_THREAD);
  });
}

char *ssl4rl_graph_end(void *graph) {
  return message_of([&] { GraphClass::get().capture_end(graph); });
}

char *ssl4rl_graph_replay(void *graph) {
  return message_of([&] { GraphClass::get().replay(graph); });
}

char *ssl4rl_graph_free(void *graph) {
  return message_of([&] {
    GraphClass::get().destruct(graph);
    ::operator delete(graph);
  });
}
}
