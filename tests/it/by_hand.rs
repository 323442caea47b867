//! What tests that compare with numbers worked out by hand have in common.

use tch::{Kind, Tensor};

pub(crate) fn matrix<const WIDTH: usize>(rows: &[[f64; WIDTH]]) -> Tensor {
    Tensor::from_slice(&rows.concat()).view([rows.len() as i64, WIDTH as i64])
}

pub(crate) fn values(tensor: &Tensor) -> Vec<f64> {
    let flat = tensor.detach().to_kind(Kind::Double).flatten(0, -1);
    let mut values = vec![0.0; flat.numel()];
    let count = values.len();
    flat.copy_data(&mut values, count);
    values
}

pub(crate) fn close(got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len());
    for (index, (got_one, expected_one)) in got.iter().zip(expected).enumerate() {
        assert!(
            (got_one - expected_one).abs() <= tolerance,
            "at {index}: got {got_one}, expected {expected_one}, of {got:?}"
        );
    }
}
