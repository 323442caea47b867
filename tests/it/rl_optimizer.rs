//! `AdamW` against the formulas in plain Rust, against libtorch's own, and on a small fit.

use ssl4rl::config::OptimizerConfig;
use ssl4rl::rl::RlError;
use ssl4rl::rl::gradients::Gradients;
use ssl4rl::rl::optimizer::AdamW;
use tch::nn::OptimizerConfig as _;
use tch::{Device, Kind, Tensor, nn};

fn settings() -> OptimizerConfig {
    OptimizerConfig { max_grad_norm: 0.0, beta1: 0.9, beta2: 0.999, ..OptimizerConfig::default() }
}

fn leaf(values: &[f64], shape: &[i64], kind: Kind) -> Tensor {
    Tensor::from_slice(values).view(shape).to_kind(kind).set_requires_grad(true)
}

fn named(tensors: &[(&str, &Tensor)]) -> Vec<(String, Tensor)> {
    tensors.iter().map(|(name, tensor)| ((*name).to_owned(), tensor.shallow_clone())).collect()
}

fn values(tensor: &Tensor) -> Vec<f64> {
    let flat = tensor.detach().to_kind(Kind::Double).flatten(0, -1);
    let mut values = vec![0.0; flat.numel()];
    let count = values.len();
    flat.copy_data(&mut values, count);
    values
}

fn close(got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len());
    for (got_one, expected_one) in got.iter().zip(expected) {
        assert!((got_one - expected_one).abs() <= tolerance, "got {got:?}, expected {expected:?}");
    }
}

/// These gradients of some of the optimizer's parameters.
fn given(optimizer: &AdamW, gradients: &[(&Tensor, &[f64])]) -> Gradients {
    let mut sums = optimizer.gradients();
    for (parameter, gradient) in gradients {
        let gradient = Tensor::from_slice(gradient).view_as(parameter).to_kind(parameter.kind());
        sums.add(parameter, gradient).expect("a gradient");
    }
    sums
}

/// The gradients of `loss`.
fn gradients_of(optimizer: &AdamW, loss: &Tensor) -> Gradients {
    let mut sums = optimizer.gradients();
    sums.backward(loss, &loss.ones_like(), None).expect("gradients");
    sums
}

/// One number under `AdamW`, by the book.
struct Twin {
    weight: f64,
    first: f64,
    second: f64,
    step: i32,
}

impl Twin {
    fn new(weight: f64) -> Self {
        Self { weight, first: 0.0, second: 0.0, step: 0 }
    }

    fn step(&mut self, gradient: f64, learning_rate: f64, decay: f64, settings: &OptimizerConfig) {
        let (beta1, beta2) = (settings.beta1, settings.beta2);
        self.step += 1;
        self.first = beta1 * self.first + (1.0 - beta1) * gradient;
        self.second = beta2 * self.second + (1.0 - beta2) * gradient * gradient;
        let first = self.first / (1.0 - beta1.powi(self.step));
        let second = self.second / (1.0 - beta2.powi(self.step));
        self.weight -= learning_rate * (first / (second.sqrt() + settings.epsilon) + decay * self.weight);
    }
}

#[test]
fn first_step_by_hand() {
    // Whatever its size, a first gradient moves the weight by the learning rate; the matrix also decays by 0.1 * 0.01.
    let matrix = leaf(&[1.0], &[1, 1], Kind::Double);
    let vector = leaf(&[1.0], &[1], Kind::Double);
    let mut optimizer = AdamW::new(named(&[("matrix", &matrix), ("vector", &vector)]), &settings()).expect("optimizer");
    let gradients = given(&optimizer, &[(&matrix, &[0.5]), (&vector, &[-0.5])]);
    let norm = optimizer.step(&gradients, 0.1).expect("step");
    close(&[norm], &[0.5_f64.sqrt()], 1e-15);
    // 1 - 0.1 * 0.5 / (0.5 + 1e-8) - 0.001.
    close(&values(&matrix), &[0.899_000_002], 1e-15);
    close(&values(&vector), &[1.099_999_998], 1e-15);
}

#[test]
fn steps_are_those_of_the_formulas() {
    let settings = OptimizerConfig { beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weight_decay: 0.1, ..settings() };
    let start = [0.5, -2.0, 3.0, 0.1];
    let matrix = leaf(&start, &[2, 2], Kind::Double);
    let vector = leaf(&start, &[4], Kind::Double);
    let mut optimizer = AdamW::new(named(&[("matrix", &matrix), ("vector", &vector)]), &settings).expect("optimizer");
    let mut twins = start.map(|weight| (Twin::new(weight), Twin::new(weight)));
    let steps = [([1.0, -0.5, 0.01, 4.0], 0.1), ([-1.0, -0.7, 0.0, 2.0], 0.05), ([0.3, 0.0, 1e-4, -3.0], 0.2)];
    for (gradient, rate) in steps {
        let gradients = given(&optimizer, &[(&matrix, &gradient), (&vector, &gradient)]);
        optimizer.step(&gradients, rate).expect("step");
        for ((decayed, plain), gradient) in twins.iter_mut().zip(gradient) {
            decayed.step(gradient, rate, settings.weight_decay, &settings);
            plain.step(gradient, rate, 0.0, &settings);
        }
        close(&values(&matrix), &twins.each_ref().map(|(decayed, _)| decayed.weight), 1e-14);
        close(&values(&vector), &twins.each_ref().map(|(_, plain)| plain.weight), 1e-14);
    }
    assert_eq!(optimizer.steps_taken(), 3);
}

#[test]
fn gradients_are_clipped_by_their_norm_together() {
    let settings = OptimizerConfig { max_grad_norm: 1.0, epsilon: 1.0, weight_decay: 0.0, ..settings() };
    let first = leaf(&[0.0], &[1, 1], Kind::Double);
    let second = leaf(&[0.0], &[1], Kind::Double);
    let mut optimizer = AdamW::new(named(&[("first", &first), ("second", &second)]), &settings).expect("optimizer");
    // Norm 5: the gradients become 3/5 and 4/5, up to the 1e-6 beside the norm.
    let gradients = given(&optimizer, &[(&first, &[3.0]), (&second, &[4.0])]);
    close(&[optimizer.step(&gradients, 1.0).expect("step")], &[5.0], 1e-14);
    let moved = |gradient: f64| {
        let gradient = gradient / (5.0 + 1e-6);
        -gradient / (gradient + 1.0)
    };
    close(&values(&first), &[moved(3.0)], 1e-14);
    close(&values(&second), &[moved(4.0)], 1e-14);
    close(&values(gradients.of("first").expect("a gradient")), &[3.0], 0.0);
}

#[test]
fn short_gradients_are_not_stretched() {
    let settings = OptimizerConfig { max_grad_norm: 10.0, epsilon: 1.0, weight_decay: 0.0, ..settings() };
    let weight = leaf(&[0.0], &[1], Kind::Double);
    let mut optimizer = AdamW::new(named(&[("weight", &weight)]), &settings).expect("optimizer");
    let gradients = given(&optimizer, &[(&weight, &[3.0])]);
    optimizer.step(&gradients, 1.0).expect("step");
    close(&values(&weight), &[-0.75], 1e-14);
}

#[test]
fn agrees_with_libtorch() {
    let start = Tensor::from_slice(&[0.3, -1.2, 0.7, 2.0, -0.1, 0.4]).view([2, 3]);
    let inputs = Tensor::from_slice(&[1.0, 2.0, -1.0, 0.5, 0.0, 3.0, -2.0, 1.0, 1.5]).view([3, 3]);
    let targets = Tensor::from_slice(&[1.0, 0.0, -1.0, 2.0, 0.5, 0.5]).view([3, 2]);
    let loss = |weight: &Tensor| inputs.matmul(&weight.tr()).mse_loss(&targets, tch::Reduction::Mean);

    let mut store = nn::VarStore::new(Device::Cpu);
    let mut theirs = store.root().zeros("weight", &[2, 3]);
    store.double();
    tch::no_grad(|| theirs.copy_(&start));
    let settings = OptimizerConfig { weight_decay: 0.05, ..settings() };
    let mut reference =
        nn::AdamW { wd: 0.05, ..nn::AdamW::default() }.build(&store, 0.01).expect("libtorch's optimizer");

    let ours = start.copy().set_requires_grad(true);
    let mut optimizer = AdamW::new(named(&[("weight", &ours)]), &settings).expect("optimizer");
    for _ in 0..20 {
        reference.backward_step(&loss(&theirs));
        let gradients = gradients_of(&optimizer, &loss(&ours));
        optimizer.step(&gradients, 0.01).expect("step");
        close(&values(&ours), &values(&theirs), 1e-13);
    }
}

/// Fits a line to points on one; returns the losses.
fn fit(learning_rate: f64, kind: Kind) -> (Vec<f64>, Vec<f64>) {
    let weight = leaf(&[0.0], &[1, 1], kind);
    let bias = leaf(&[0.0], &[1], kind);
    let inputs = Tensor::from_slice(&[-1.0, 0.0, 1.0, 2.0]).view([4, 1]).to_kind(kind);
    let targets = &inputs * 2.0 + 1.0;
    let mut optimizer =
        AdamW::new(named(&[("weight", &weight), ("bias", &bias)]), &OptimizerConfig::default()).expect("optimizer");
    let losses = (0..200)
        .map(|_| {
            let loss = (inputs.matmul(&weight) + &bias).mse_loss(&targets, tch::Reduction::Mean);
            let gradients = gradients_of(&optimizer, &loss);
            optimizer.step(&gradients, learning_rate).expect("step");
            loss.double_value(&[])
        })
        .collect();
    (losses, [values(&weight), values(&bias)].concat())
}

#[test]
fn loss_falls_and_learning_rate_0_changes_nothing() {
    for kind in [Kind::Float, Kind::BFloat16] {
        let (losses, weights) = fit(0.05, kind);
        assert!(losses[199] < losses[0] / 100.0, "{kind:?}: from {} to {}", losses[0], losses[199]);
        close(&weights, &[2.0, 1.0], 0.1);
        let (losses, weights) = fit(0.0, kind);
        assert!(losses.iter().all(|loss| loss.to_bits() == losses[0].to_bits()));
        assert_eq!(weights, [0.0, 0.0]);
    }
}

#[test]
fn master_weights_add_up_what_half_precision_cannot_hold() {
    // Below 1 bfloat16 has steps of 2^-8; one update of 1e-4 is lost in it, a hundred of them are not.
    let settings = OptimizerConfig { weight_decay: 0.0, ..settings() };
    let weight = leaf(&[1.0, 1.0], &[1, 2], Kind::BFloat16);
    let mut optimizer = AdamW::new(named(&[("weight", &weight)]), &settings).expect("optimizer");
    let gradients = given(&optimizer, &[(&weight, &[1.0, -1.0])]);
    optimizer.step(&gradients, 1e-4).expect("step");
    close(&values(&weight), &[1.0, 1.0], 0.0);
    for _ in 1..100 {
        optimizer.step(&gradients, 1e-4).expect("step");
    }
    assert_eq!(weight.kind(), Kind::BFloat16);
    // The numbers nearest to 0.99 and 1.01 in steps of 2^-8 and 2^-7.
    close(&values(&weight), &[253.0 / 256.0, 129.0 / 128.0], 0.0);
    let state = optimizer.state();
    let (_, master) = state.iter().find(|(name, _)| name == "weight.master").expect("a master");
    assert_eq!(master.kind(), Kind::Float);
    close(&values(master), &[0.99, 1.01], 1e-5);
}

#[test]
fn a_float32_parameter_is_its_own_master() {
    let weight = leaf(&[1.0], &[1, 1], Kind::Float);
    let optimizer = AdamW::new(named(&[("weight", &weight)]), &settings()).expect("optimizer");
    let names: Vec<String> = optimizer.state().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["step", "weight.first_moment", "weight.second_moment"]);
}

#[test]
fn a_saved_state_continues_bit_for_bit() {
    for kind in [Kind::Float, Kind::BFloat16] {
        let gradients = [[0.3, -1.0], [0.1, 2.0], [-0.7, 0.2], [1.0, 1.0], [0.4, -0.4]];
        let straight = leaf(&[1.0, -1.0], &[2, 1], kind);
        let mut optimizer = AdamW::new(named(&[("w", &straight)]), &settings()).expect("optimizer");
        for gradient in &gradients[..3] {
            let gradients = given(&optimizer, &[(&straight, gradient)]);
            optimizer.step(&gradients, 0.003).expect("step");
        }
        let saved: Vec<(String, Tensor)> =
            optimizer.state().into_iter().map(|(name, tensor)| (name, tensor.copy())).collect();
        let resumed = straight.detach().copy().set_requires_grad(true);
        let mut second = AdamW::new(named(&[("w", &resumed)]), &settings()).expect("optimizer");
        second.load_state(saved).expect("state");
        assert_eq!(second.steps_taken(), 3);
        for gradient in &gradients[3..] {
            let gradients = given(&optimizer, &[(&straight, gradient)]);
            optimizer.step(&gradients, 0.003).expect("step");
            let gradients = given(&second, &[(&resumed, gradient)]);
            second.step(&gradients, 0.003).expect("step");
        }
        for ((name, ours), (_, theirs)) in optimizer.state().iter().zip(second.state()) {
            assert_eq!(values(ours), values(&theirs), "{name}");
        }
        assert_eq!(values(&straight), values(&resumed));
    }
}

#[test]
fn a_state_of_other_parameters_is_refused_and_changes_nothing() {
    let weight = leaf(&[1.0, 2.0], &[2, 1], Kind::Float);
    let mut optimizer = AdamW::new(named(&[("w", &weight)]), &settings()).expect("optimizer");
    let entry = |name: &str, shape: &[i64]| (name.to_owned(), Tensor::ones(shape, (Kind::Float, Device::Cpu)));
    let step = || ("step".to_owned(), Tensor::from(7_i64));
    let good = || vec![step(), entry("w.first_moment", &[2, 1]), entry("w.second_moment", &[2, 1])];
    let mut missing = good();
    let _ = missing.remove(1);
    let mut unknown = good();
    unknown.push(entry("v.first_moment", &[2, 1]));
    let mut misshapen = good();
    misshapen[2] = entry("w.second_moment", &[1, 2]);
    let mut negative = good();
    negative[0] = ("step".to_owned(), Tensor::from(-1_i64));
    for wrong in [missing, unknown, misshapen, negative] {
        let refused = optimizer.load_state(wrong);
        assert!(matches!(refused, Err(RlError::State { .. })), "{refused:?}");
        assert_eq!(optimizer.steps_taken(), 0);
        assert!(optimizer.state().iter().all(|(_, tensor)| values(tensor).iter().all(|value| *value == 0.0)));
    }
    optimizer.load_state(good()).expect("state");
    assert_eq!(optimizer.steps_taken(), 7);
}

#[test]
fn an_infinite_gradient_is_refused_and_changes_nothing() {
    let good = leaf(&[1.0], &[1, 1], Kind::Float);
    let bad = leaf(&[1.0], &[1], Kind::Float);
    let mut optimizer = AdamW::new(named(&[("good", &good), ("bad", &bad)]), &settings()).expect("optimizer");
    for poison in [f64::INFINITY, f64::NAN] {
        let gradients = given(&optimizer, &[(&good, &[1.0]), (&bad, &[poison])]);
        let refused = optimizer.step(&gradients, 0.1);
        assert!(matches!(refused, Err(RlError::Gradient { step: 1, .. })), "{refused:?}");
        assert_eq!((values(&good), values(&bad)), (vec![1.0], vec![1.0]));
    }
}

#[test]
fn a_parameter_without_gradient_stays() {
    let used = leaf(&[1.0], &[1, 1], Kind::Float);
    let unused = leaf(&[1.0], &[1, 1], Kind::Float);
    let mut optimizer = AdamW::new(named(&[("used", &used), ("unused", &unused)]), &settings()).expect("optimizer");
    let none = optimizer.gradients();
    close(&[optimizer.step(&none, 0.1).expect("step")], &[0.0], 0.0);
    let gradients = given(&optimizer, &[(&used, &[1.0])]);
    optimizer.step(&gradients, 0.1).expect("step");
    assert!(values(&used)[0] < 1.0);
    assert_eq!(values(&unused), [1.0]);
}

#[test]
fn parameters_that_cannot_be_stepped_are_refused() {
    let weight = leaf(&[1.0], &[1, 1], Kind::Float);
    let frozen = Tensor::from_slice(&[1.0]);
    let derived = &weight * 2.0;
    let other = leaf(&[1.0], &[1, 1], Kind::Float);
    for wrong in [
        named(&[("w", &frozen)]),
        named(&[("w", &derived)]),
        named(&[("w", &weight), ("w", &other)]),
        named(&[("embedding", &weight), ("head", &weight)]),
    ] {
        let refused = AdamW::new(wrong, &settings());
        assert!(matches!(refused, Err(RlError::Parameter { .. })), "{refused:?}");
    }
    let wrong = OptimizerConfig { beta2: 1.0, ..settings() };
    assert!(matches!(AdamW::new(named(&[("w", &weight)]), &wrong), Err(RlError::Setting { name: "beta2", .. })));
    let mut optimizer = AdamW::new(named(&[("w", &weight)]), &settings()).expect("optimizer");
    let none = optimizer.gradients();
    assert!(matches!(optimizer.step(&none, f64::NAN), Err(RlError::Setting { .. })));
}

#[test]
fn many_small_gradients_of_a_half_precision_parameter_add_up() {
    // In bfloat16 1 + 2^-9 is 1 again; in float32 256 of them are a half.
    let weight = leaf(&[1.0], &[1, 1], Kind::BFloat16);
    let optimizer = AdamW::new(named(&[("weight", &weight)]), &settings()).expect("optimizer");
    let mut gradients = given(&optimizer, &[(&weight, &[1.0])]);
    for _ in 0..256 {
        gradients.add(&weight, leaf(&[f64::powi(2.0, -9)], &[1, 1], Kind::BFloat16)).expect("a gradient");
    }
    let sum = gradients.of("weight").expect("a gradient");
    assert_eq!((sum.kind(), values(sum)), (Kind::Float, vec![1.5]));
}

#[test]
fn a_graph_gives_the_derivatives_of_parameters_and_of_its_input() {
    // z = 3 x y at x = 2, y = 5, and dL/dz = 7.
    let (x, y) = (leaf(&[2.0], &[1], Kind::Double), leaf(&[5.0], &[1], Kind::Double));
    let unused = leaf(&[1.0], &[1], Kind::Double);
    let mut gradients = Gradients::new(named(&[("x", &x), ("unused", &unused)]));
    let of_y = gradients.backward(&(&x * &y * 3.0), &Tensor::from_slice(&[7.0]), Some(&y)).expect("gradients");
    close(&values(&of_y.expect("of the input")), &[42.0], 0.0);
    close(&values(gradients.of("x").expect("of x")), &[105.0], 0.0);
    assert!(gradients.of("unused").is_none());
    assert!(!x.grad().defined() && !y.grad().defined());
}
