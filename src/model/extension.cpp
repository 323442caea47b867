// What the program calls of libtorch that tch does not offer; `extension.rs` declares the same functions.
//
// A function that can fail gives null, or a message that the caller frees. Nothing here names a function of the CUDA part of
// libtorch: operators are dispatched, and the allocator is asked through the interface that all devices have.

#include <ATen/ops/_flash_attention_forward.h>
#include <ATen/ops/_fused_rms_norm_backward.h>
#include <ATen/Tensor.h>
#include <c10/core/CachingDeviceAllocator.h>

#include <cstdint>
#include <cstring>
#include <exception>

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
}
