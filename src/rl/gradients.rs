//! Gradients of the trained parameters, summed over the micro-batches of an update.
//!
//! Sums are float32 or wider whatever the parameters are: in bfloat16 a sum of many micro-batches would lose the small ones.
//! They live outside of libtorch's own `.grad`, which has the kind of its parameter, and only as long as the update.
//!
//! ```
//! use ssl4rl::rl::gradients::Gradients;
//! use tch::Tensor;
//! let weight = Tensor::from_slice(&[3.0_f32]).set_requires_grad(true);
//! let mut gradients = Gradients::new(vec![("weight".into(), weight.shallow_clone())]);
//! gradients.backward(&(&weight * &weight), &Tensor::from_slice(&[10.0_f32]), None)?;
//! assert_eq!(gradients.of("weight"), Some(&Tensor::from_slice(&[60.0_f32])));
//! # Ok::<(), ssl4rl::rl::RlError>(())
//! ```

use tch::{Kind, Tensor, no_grad};

use super::RlError;

/// One sum a parameter.
#[derive(Debug)]
pub struct Gradients {
    parameters: Vec<(String, Tensor)>,
    sums: Vec<Option<Tensor>>,
}

impl Gradients {
    /// No gradient yet of any of `parameters`, leaves that require one.
    pub fn new(parameters: Vec<(String, Tensor)>) -> Self {
        let sums = parameters.iter().map(|_| None).collect();
        Self { parameters, sums }
    }

    /// Sends the derivative `of_output` of a loss with respect to `output` back through `output`'s graph: adds the derivatives with
    /// respect to the parameters, and gives that with respect to `input`, a leaf of the same graph.
    ///
    /// The graph is spent by it. Parameters that are not in it get nothing.
    pub fn backward(
        &mut self,
        output: &Tensor,
        of_output: &Tensor,
        input: Option<&Tensor>,
    ) -> Result<Option<Tensor>, RlError> {
        // libtorch starts from a scalar here; its derivative with respect to the output is `of_output` to the bit.
        let scalar = output.f_mul(&of_output.f_to_kind(output.f_kind()?)?)?.f_sum(wide(output.f_kind()?))?;
        let parameters = self.parameters.iter().map(|(_, parameter)| parameter);
        let leaves: Vec<&Tensor> = parameters.chain(input).collect();
        let mut derivatives = Tensor::f_run_backward(&[scalar], &leaves, false, false)?.into_iter();
        for (slot, derivative) in derivatives.by_ref().take(self.sums.len()).enumerate() {
            if derivative.defined() {
                self.add_to(slot, derivative)?;
            }
        }
        Ok(derivatives.next())
    }

    /// Adds `gradient` to the sum of `parameter`, if that is trained.
    pub fn add(&mut self, parameter: &Tensor, gradient: Tensor) -> Result<(), RlError> {
        let storage = parameter.data_ptr();
        match self.parameters.iter().position(|(_, trained)| trained.data_ptr() == storage) {
            Some(slot) => self.add_to(slot, gradient),
            None => Ok(()),
        }
    }

    fn add_to(&mut self, slot: usize, gradient: Tensor) -> Result<(), RlError> {
        let kind = gradient.f_kind()?;
        no_grad(|| {
            match &mut self.sums[slot] {
                Some(sum) => drop(sum.f_add_(&gradient)?),
                empty if kind == wide(kind) => *empty = Some(gradient),
                empty => *empty = Some(gradient.f_to_kind(wide(kind))?),
            }
            Ok(())
        })
    }

    /// The sum of the parameter called `name`, in its shape.
    pub fn of(&self, name: &str) -> Option<&Tensor> {
        let slot = self.parameters.iter().position(|(parameter, _)| parameter == name)?;
        self.sums[slot].as_ref()
    }

    /// The sums in the order of the parameters.
    pub fn sums(&self) -> &[Option<Tensor>] {
        &self.sums
    }

    /// The 2-norm of all sums taken as one vector; 0 where there is none. Reading it waits for the device.
    pub fn norm(&self) -> Result<f64, RlError> {
        let norm_of = |sum: &Tensor| sum.f_norm_scalaropt_dtype(2.0, sum.f_kind()?)?.f_to_kind(Kind::Double);
        let norms = self.sums.iter().flatten().map(norm_of).collect::<Result<Vec<_>, _>>()?;
        if norms.is_empty() {
            return Ok(0.0);
        }
        Ok(Tensor::f_stack(&norms, 0)?.f_norm()?.f_double_value(&[])?)
    }
}

/// The kind that gradients of a parameter of `kind` are summed in.
fn wide(kind: Kind) -> Kind {
    if kind == Kind::Double { Kind::Double } else { Kind::Float }
}
