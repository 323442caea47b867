//! `AdamW` in place, with fp32 master weights and a bound on the gradient's norm.
//!
//! Per step `t`, with gradient `g`, learning rate `a` and decay `w` (Loshchilov and Hutter, "Decoupled weight decay
//! regularization", 2019; moments from Kingma and Ba, "Adam", 2015):
//!
//! ```text
//! m = beta1 m + (1 - beta1) g            v = beta2 v + (1 - beta2) g^2
//! parameter -= a w parameter + a m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
//! ```
//!
//! Matrices are decayed, vectors (biases, norm gains) are not. Moments and the weights that are stepped are float32 or
//! wider. A bfloat16 or float16 parameter therefore has a float32 master beside it: at the learning rates of
//! reinforcement learning most updates are smaller than the parameter's last bit, and only the master can add them up.
//! A float32 parameter is its own master.

use std::collections::{BTreeMap, BTreeSet};

use tch::{Kind, Tensor, no_grad_guard};

use super::RlError;
use super::error::setting;
use super::gradients::Gradients;
use crate::config::OptimizerConfig;
use crate::kernels::{self, Factors};

/// Added to the norm before dividing by it, as in `torch.nn.utils.clip_grad_norm_`.
const NORM_EPSILON: f64 = 1e-6;
/// Name of the step counter in the state.
const STEP: &str = "step";

/// The optimizer over named parameters.
#[derive(Debug)]
pub struct AdamW {
    slots: Vec<Slot>,
    settings: OptimizerConfig,
    step: u64,
}

/// One parameter and what is remembered of it.
#[derive(Debug)]
struct Slot {
    name: String,
    parameter: Tensor,
    /// Float32 copy of a parameter in half precision; `None` where the parameter is its own master.
    master: Option<Tensor>,
    first_moment: Tensor,
    second_moment: Tensor,
    weight_decay: f64,
}

impl AdamW {
    /// An optimizer over `parameters`, with all moments 0.
    ///
    /// Parameters are leaves that require a gradient; the optimizer keeps handles on them and changes them in place. Each
    /// storage appears once: of tied weights, name one. Of `settings` it reads the betas, `epsilon`, `weight_decay` and
    /// `max_grad_norm`; the learning rate comes with each step.
    pub fn new(parameters: Vec<(String, Tensor)>, settings: &OptimizerConfig) -> Result<Self, RlError> {
        check_settings(settings)?;
        check_parameters(&parameters)?;
        let _guard = no_grad_guard();
        let slots = parameters
            .into_iter()
            .map(|(name, parameter)| Slot::new(name, parameter, settings.weight_decay))
            .collect::<Result<_, _>>()?;
        Ok(Self { slots, settings: settings.clone(), step: 0 })
    }

    /// Steps taken.
    pub fn steps_taken(&self) -> u64 {
        self.step
    }

    /// Where the gradients of an update are summed.
    pub fn gradients(&self) -> Gradients {
        Gradients::new(self.slots.iter().map(|slot| (slot.name.clone(), slot.parameter.shallow_clone())).collect())
    }

    /// Moves every parameter that has a gradient, and returns the norm of all gradients together, before clipping.
    /// `gradients` are those that [`AdamW::gradients`] gave.
    ///
    /// Reading the norm is the only wait for the device. A norm that is not finite is an error and changes nothing.
    /// Gradients stay as they are: clipping is applied on the way.
    pub fn step(&mut self, gradients: &Gradients, learning_rate: f64) -> Result<f64, RlError> {
        setting("learning_rate", learning_rate, "finite and at least 0", is_non_negative(learning_rate))?;
        let _guard = no_grad_guard();
        let norm = gradients.norm()?;
        let step = self.step + 1;
        if !norm.is_finite() {
            return Err(RlError::Gradient { norm, step });
        }
        self.step = step;
        let update = Update::new(&self.settings, step, learning_rate, norm);
        for (slot, gradient) in self.slots.iter_mut().zip(gradients.sums()) {
            if let Some(gradient) = gradient {
                slot.update(gradient, &update)?;
            }
        }
        Ok(norm)
    }

    /// All that a later [`AdamW::load_state`] needs besides the parameters: `step`, and for each parameter
    /// `NAME.first_moment`, `NAME.second_moment` and, in half precision, `NAME.master`.
    ///
    /// The tensors share their storage with the optimizer: write them out before the next step.
    pub fn state(&self) -> Vec<(String, Tensor)> {
        let mut state = vec![(STEP.to_owned(), Tensor::from(self.step as i64))];
        for slot in &self.slots {
            state.extend(slot.state().into_iter().map(|(name, tensor)| (name, tensor.shallow_clone())));
        }
        state
    }

    /// Takes over a state that [`AdamW::state`] gave: the next step is the one that would have followed.
    ///
    /// Parameters in half precision are set from their masters; others must have been restored beforehand. The state is
    /// checked as a whole first: after an error nothing has changed.
    pub fn load_state(&mut self, state: Vec<(String, Tensor)>) -> Result<(), RlError> {
        let mut state: BTreeMap<String, Tensor> = state.into_iter().collect();
        let step = take(&mut state, STEP, &[])?.f_int64_value(&[])?;
        let step = u64::try_from(step)
            .map_err(|_| RlError::State { name: STEP.into(), reason: format!("is {step}, expected at least 0") })?;
        let mut copies = Vec::new();
        for slot in &self.slots {
            for (name, target) in slot.state() {
                copies.push((target.shallow_clone(), take(&mut state, &name, &target.size())?));
            }
        }
        if let Some((name, _)) = state.pop_first() {
            return Err(RlError::State { name, reason: "belongs to no parameter".into() });
        }
        let _guard = no_grad_guard();
        for (mut target, saved) in copies {
            target.f_copy_(&saved)?;
        }
        for slot in &mut self.slots {
            slot.publish()?;
        }
        self.step = step;
        Ok(())
    }
}

impl Slot {
    fn new(name: String, parameter: Tensor, weight_decay: f64) -> Result<Self, RlError> {
        let is_master = matches!(parameter.f_kind()?, Kind::Float | Kind::Double);
        let master = if is_master { None } else { Some(parameter.f_detach()?.f_to_kind(Kind::Float)?) };
        let stepped = master.as_ref().unwrap_or(&parameter);
        let (first_moment, second_moment) = (stepped.f_zeros_like()?, stepped.f_zeros_like()?);
        let weight_decay = if parameter.dim() >= 2 { weight_decay } else { 0.0 };
        Ok(Self { name, parameter, master, first_moment, second_moment, weight_decay })
    }

    /// The formulas at the head of this file, with one tensor beside those that are kept.
    fn update(&mut self, gradient: &Tensor, update: &Update) -> Result<(), RlError> {
        let decay = update.learning_rate * self.weight_decay;
        let suited = [&self.parameter, gradient, &self.first_moment, &self.second_moment];
        if self.master.is_none() && kernels::suits(&suited) {
            let moments = [&mut self.first_moment, &mut self.second_moment];
            kernels::adamw(&mut self.parameter, gradient, moments, update.factors(decay));
            return Ok(());
        }
        let wide = gradient.f_to_kind(self.first_moment.f_kind()?)?;
        let mut scratch = wide.f_mul_scalar(update.gradient_scale)?;
        let _ = self.first_moment.f_lerp_(&scratch, 1.0 - update.beta1)?;
        let _ = scratch.f_square_()?;
        let _ = self.second_moment.f_lerp_(&scratch, 1.0 - update.beta2)?;

        let stepped = self.master.as_mut().unwrap_or(&mut self.parameter);
        if self.weight_decay > 0.0 {
            let _ = stepped.f_mul_scalar_(1.0 - decay)?;
        }
        // What the first moment is divided by, the learning rate included; infinite where that is 0.
        scratch.f_copy_(&self.second_moment)?;
        let _ = scratch.f_div_scalar_(update.second_correction)?.f_sqrt_()?.f_add_scalar_(update.epsilon)?;
        let _ = scratch.f_mul_scalar_(-update.first_correction / update.learning_rate)?;
        let _ = stepped.f_addcdiv_(&self.first_moment, &scratch)?;
        self.publish()
    }

    /// Rounds the master into the parameter that the model reads.
    fn publish(&mut self) -> Result<(), RlError> {
        match &self.master {
            Some(master) => Ok(self.parameter.f_copy_(master)?),
            None => Ok(()),
        }
    }

    fn state(&self) -> Vec<(String, &Tensor)> {
        let named = |part: &str| format!("{}.{part}", self.name);
        let mut state =
            vec![(named("first_moment"), &self.first_moment), (named("second_moment"), &self.second_moment)];
        state.extend(self.master.as_ref().map(|master| (named("master"), master)));
        state
    }
}

/// The numbers that all parameters share in one step.
struct Update {
    learning_rate: f64,
    gradient_scale: f64,
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    /// `1 - beta1^t`.
    first_correction: f64,
    /// `1 - beta2^t`.
    second_correction: f64,
}

impl Update {
    fn new(settings: &OptimizerConfig, step: u64, learning_rate: f64, norm: f64) -> Self {
        let clips = settings.max_grad_norm > 0.0;
        let gradient_scale = if clips { (settings.max_grad_norm / (norm + NORM_EPSILON)).min(1.0) } else { 1.0 };
        let power = |beta: f64| beta.powf(step as f64);
        Self {
            learning_rate,
            gradient_scale,
            beta1: settings.beta1,
            beta2: settings.beta2,
            epsilon: settings.epsilon,
            first_correction: 1.0 - power(settings.beta1),
            second_correction: 1.0 - power(settings.beta2),
        }
    }
}

impl Update {
    /// The same for the kernel of the processor; the parameter is multiplied with `1 - decay`.
    fn factors(&self, decay: f64) -> Factors {
        Factors {
            gradient: self.gradient_scale as f32,
            news: [(1.0 - self.beta1) as f32, (1.0 - self.beta2) as f32],
            step: (self.learning_rate / self.first_correction) as f32,
            second_correction: self.second_correction as f32,
            epsilon: self.epsilon as f32,
            kept: (1.0 - decay) as f32,
        }
    }
}

fn take(state: &mut BTreeMap<String, Tensor>, name: &str, size: &[i64]) -> Result<Tensor, RlError> {
    let refuse = |reason: String| RlError::State { name: name.to_owned(), reason };
    let saved = state.remove(name).ok_or_else(|| refuse("is missing".into()))?;
    if saved.size() == size {
        Ok(saved)
    } else {
        Err(refuse(format!("has shape {:?}, expected {size:?}", saved.size())))
    }
}

fn check_settings(settings: &OptimizerConfig) -> Result<(), RlError> {
    let decay = |beta: f64| (0.0..1.0).contains(&beta);
    setting("beta1", settings.beta1, "in [0, 1)", decay(settings.beta1))?;
    setting("beta2", settings.beta2, "in [0, 1)", decay(settings.beta2))?;
    setting(
        "epsilon",
        settings.epsilon,
        "finite and more than 0",
        settings.epsilon > 0.0 && settings.epsilon.is_finite(),
    )?;
    setting("weight_decay", settings.weight_decay, "finite and at least 0", is_non_negative(settings.weight_decay))?;
    setting("max_grad_norm", settings.max_grad_norm, "finite and at least 0", is_non_negative(settings.max_grad_norm))
}

fn is_non_negative(value: f64) -> bool {
    value >= 0.0 && value.is_finite()
}

fn check_parameters(parameters: &[(String, Tensor)]) -> Result<(), RlError> {
    let mut names = BTreeSet::new();
    let mut storages = BTreeMap::new();
    for (name, parameter) in parameters {
        let refuse = |reason: String| Err(RlError::Parameter { name: name.clone(), reason });
        if !names.insert(name) {
            return refuse("its name appears twice".into());
        }
        if !parameter.defined() || !parameter.requires_grad() || !parameter.is_leaf() {
            return refuse("it is no leaf that requires a gradient".into());
        }
        if let Some(first) = storages.insert(parameter.data_ptr(), name) {
            return refuse(format!("it shares its storage with `{first}`; name tied weights once"));
        }
    }
    Ok(())
}
