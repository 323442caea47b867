//! Products of activations with weights, and the two products of the way back, each in the quickest way there is.
//!
//! ```text
//! y = x W^T + b        dL/dx = g W        dL/dW = g^T x        x [tokens, in], W [out, in], g [tokens, out]
//! ```
//!
//! Where the processor has kernels of this program, and there are rows enough to lay out the weights for them, those multiply;
//! elsewhere libtorch does. Without instructions for bfloat16, libtorch multiplies it at a ninth of the speed of float32. On
//! such a processor it is widened here: factors are exact in float32, sums are made in it, and the result alone is rounded, as
//! instructions for bfloat16 do it. Logits and gradients of weights, float32 in any format, are not rounded at all.

use std::cell::RefCell;

use tch::{Device, Kind, Tensor};

use crate::kernels::{self, Added, Panels};

/// Takes the gradient of a weight, to add it to its sum.
pub(crate) type Sums<'sums> = dyn FnMut(&Tensor, Tensor) + 'sums;

/// Weights in the order in which the kernel of the processor reads them; empty where they may change.
pub(super) type LaidOut = RefCell<Option<Panels>>;

/// `[.., in]` times weights `[out, in]`, plus what is `added`: gives `[.., out]` in the format of the input.
pub(super) fn linear(input: &Tensor, weight: &Tensor, laid_out: &LaidOut, added: Added<'_>) -> Tensor {
    unrounded_linear(input, weight, laid_out, added).to_kind(input.kind())
}

/// `[.., in]` times weights `[out, in]`: gives `[.., out]` in float32 or wider, not rounded to the format of the input on the way
/// where there is a product that can do so.
pub(super) fn wide_linear(input: &Tensor, weight: &Tensor, laid_out: &LaidOut) -> Tensor {
    let product = if sums_are_kept(&[input, weight]) {
        let size = input.size();
        let (width, rows) = size.split_last().map_or((0, &[][..]), |(&width, rows)| (width, rows));
        let product = input.reshape([-1, width]).mm_dtype(&weight.tr(), Kind::Float);
        product.view([rows, &[-1]].concat().as_slice())
    } else {
        unrounded_linear(input, weight, laid_out, Added::default())
    };
    if product.kind() == Kind::Double { product } else { product.to_kind(Kind::Float) }
}

/// Whether the float32 sums that a product of `factors` is made of can be had as they are: in half precision on a GPU.
fn sums_are_kept(factors: &[&Tensor]) -> bool {
    let is_half = |tensor: &&Tensor| matches!(tensor.kind(), Kind::BFloat16 | Kind::Half);
    factors.iter().all(|tensor| tensor.device().is_cuda() && is_half(tensor)) && !kernels::keeps_graph(factors)
}

/// The same in float32 where bfloat16 is widened.
pub(super) fn unrounded_linear(input: &Tensor, weight: &Tensor, laid_out: &LaidOut, added: Added<'_>) -> Tensor {
    if kernels::widens(&[input, weight]) {
        let (bias, start) = (added.bias.map(widened), added.start.map(widened));
        let added = Added { bias: bias.as_ref(), start: start.as_ref() };
        return match laid_out.borrow().as_ref() {
            Some(panels) => panels.multiply(&widened(input), added),
            None => Panels::of_transpose(weight).multiply(&widened(input), added),
        };
    }
    let others = [added.bias, added.start].into_iter().flatten();
    if kernels::suits(&[input, weight]) && others.into_iter().all(|tensor| kernels::suits(&[tensor])) {
        if let Some(panels) = laid_out.borrow().as_ref() {
            return panels.multiply(input, added);
        }
        if lays_out(input) {
            return Panels::of_transpose(weight).multiply(input, added);
        }
    }
    let product = input.linear(weight, added.bias);
    match added.start {
        Some(start) => product + start,
        None => product,
    }
}

/// `gradient W`, for weights `[out, in]`, plus what is `beside`: `[tokens, out]` gives `[tokens, in]` in the format of the weights.
pub(crate) fn gradient_of_input(weight: &Tensor, gradient: &Tensor, beside: Option<Tensor>) -> Tensor {
    if kernels::widens(&[weight]) {
        let start = beside.as_ref().map(widened);
        let added = Added { bias: None, start: start.as_ref() };
        return Panels::of(weight).multiply(&widened(gradient), added).to_kind(weight.kind());
    }
    if lays_out(gradient) && kernels::suits(&[gradient, weight]) {
        return Panels::of(weight).multiply(gradient, Added { bias: None, start: beside.as_ref() });
    }
    match beside {
        Some(mut beside) => beside.addmm_(gradient, weight),
        None => gradient.mm(weight),
    }
}

/// `gradient^T input` of `[tokens, out]` and `[tokens, in]`: gives `[out, in]`, in float32 where the sums can be had.
pub(crate) fn gradient_of_weight(input: &Tensor, gradient: &Tensor) -> Tensor {
    if kernels::widens(&[input]) {
        return gradient_of_weight(&widened(input), &widened(gradient));
    }
    let width = input.size().last().copied().unwrap_or_default();
    if lays_out(input) && kernels::fills_panels(width) && kernels::suits(&[input, gradient]) {
        return kernels::transposed_product(gradient, input);
    }
    if sums_are_kept(&[input, gradient]) {
        return gradient.tr().mm_dtype(input, Kind::Float);
    }
    gradient.tr().mm(input)
}

/// In float32, number after number.
fn widened(tensor: &Tensor) -> Tensor {
    tensor.to_kind(Kind::Float).contiguous()
}

/// Fewest rows for which laying out the weights for them alone is worth it.
const FEWEST_ROWS: i64 = 256;

/// Whether so many rows `[.., in]` are multiplied.
fn lays_out(input: &Tensor) -> bool {
    input.size().split_last().is_some_and(|(_, rows)| rows.iter().product::<i64>() >= FEWEST_ROWS)
}

/// Bytes that a matrix of `weights` numbers takes while it is laid out for a product with `rows`.
pub(crate) fn bytes_laid_out(kind: Kind, device: Device, rows: u64, weights: u64) -> u64 {
    let widened = kernels::widened(kind, device);
    let lays_out = widened != kind || (kernels::suit(kind, device) && rows >= FEWEST_ROWS as u64);
    if lays_out { widened.elt_size_in_bytes() as u64 * weights } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: i64, columns: i64, step: f64) -> Tensor {
        let order = Tensor::arange(rows * columns, (Kind::Double, tch::Device::Cpu));
        (order * step).sin().view([rows, columns]).to_kind(Kind::BFloat16)
    }

    /// Rounding to `digits` bits moves a number by at most its share of 2^-digits; summing `terms` products of numbers below 1 in
    /// float32 comes before that.
    fn assert_rounded_once(rounded: &Tensor, exact: &Tensor, digits: i32, terms: i64) {
        let difference = (rounded.to_kind(Kind::Double) - exact).abs();
        let bound = exact.abs() * 2.0_f64.powi(-digits) + terms as f64 * f64::from(f32::EPSILON);
        assert!(difference.le_tensor(&bound).all().int64_value(&[]) == 1, "{:?}", rounded.size());
    }

    #[test]
    fn products_of_bfloat16_are_rounded_once() {
        let exact = |tensor: &Tensor| tensor.to_kind(Kind::Double);
        for (tokens, width, out) in [(1, 16, 3), (7, 33, 20), (300, 64, 48)] {
            let (input, weight, start) =
                (matrix(tokens, width, 0.1), matrix(out, width, 0.2), matrix(tokens, out, 0.3));
            if !kernels::widens(&[&input]) {
                return;
            }
            let (bias, laid_out) = (matrix(1, out, 0.4).view([out]), LaidOut::default());
            let added = Added { bias: Some(&bias), start: Some(&start) };
            let expected = exact(&input).matmul(&exact(&weight).tr()) + exact(&bias) + exact(&start);
            let product = linear(&input, &weight, &laid_out, added);
            assert_eq!(product.kind(), Kind::BFloat16);
            assert_rounded_once(&product, &expected, 8, width + 2);
            laid_out.replace(Some(Panels::of_transpose(&weight)));
            assert_eq!(linear(&input, &weight, &laid_out, added), product);
            let back = gradient_of_input(&weight, &start, Some(input.copy()));
            assert_rounded_once(&back, &(exact(&start).matmul(&exact(&weight)) + exact(&input)), 8, out + 1);
            let of_weight = gradient_of_weight(&input, &start);
            assert_eq!(of_weight.kind(), Kind::Float);
            assert_rounded_once(&of_weight, &exact(&start).tr().matmul(&exact(&input)), 24, tokens);
        }
    }
}
