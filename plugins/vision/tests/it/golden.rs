//! Scaling is Pillow's, bit by bit: against pictures that Pillow 12 scaled.

use ssl4rl_vision::picture::{Picture, decode};

#[test]
fn scaling_equals_pillow() {
    let Some(folder) = crate::folder("SSL4RL_REFERENCE", "golden/checkpoints/qwen2_5_vl-tiny") else { return };
    let file = std::fs::read(folder.join("expected.safetensors")).unwrap();
    let expected = safetensors::SafeTensors::deserialize(&file).unwrap();
    for name in ["a", "b"] {
        let tensor = expected.tensor(&format!("resized_pillow_u8_{name}")).unwrap();
        let &[channels, height, width] = tensor.shape() else { panic!("three dimensions") };
        assert_eq!(channels, 3);
        let planes = tensor.data();
        let wanted = Picture::from_pixels(width, height, |x, y| {
            [0, 1, 2].map(|channel| planes[(channel * height + y) * width + x])
        });
        let original = decode(&std::fs::read(folder.join(format!("image_{name}.png"))).unwrap()).unwrap();
        assert_eq!(original.resized(width, height), wanted.unwrap(), "image_{name}");
    }
}
