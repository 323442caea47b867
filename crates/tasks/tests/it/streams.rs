//! Random streams are the same bytes everywhere: values from `tests/golden/streams.py`, an independent implementation.

use ssl4rl_tasks::{Split, TaskRng};

#[test]
fn bits_of_five_streams() {
    /// Seed, task, split, index; the first three values, and the twentieth.
    type Golden = (u64, &'static str, Split, u64, [u64; 3], u64);
    let golden: [Golden; 5] = [
        (
            0,
            "graph/edge-prediction",
            Split::Train,
            0,
            [0x9fdf_d81f_55a6_2515, 0x3089_adaf_69c0_a38c, 0x62e6_0c4f_8a45_56f6],
            0x8614_f81a_ed6f_f5ab,
        ),
        (
            1,
            "graph/edge-prediction",
            Split::Train,
            0,
            [0x63bd_9af5_25dc_bf37, 0x2396_7105_7884_dcaa, 0x0479_874d_3127_ff41],
            0xd470_fd01_33ed_f93b,
        ),
        (
            0,
            "graph/edge-prediction",
            Split::HeldOut,
            0,
            [0x19db_32e8_aeda_3067, 0x6504_03c2_4cdc_4f7c, 0x2b84_2371_826a_6a45],
            0xcf79_fc83_2884_a22a,
        ),
        (
            0,
            "graph/edge-prediction",
            Split::Train,
            1,
            [0xf16b_698e_c5d3_fc19, 0x3a51_584e_871e_f0c2, 0xfa78_1f0f_a037_8827],
            0x76c7_7d0c_f824_cbe1,
        ),
        (
            u64::MAX,
            "demo/é",
            Split::WarmStart,
            1 << 63,
            [0x6e07_2f89_40ec_5edb, 0x0ce9_fa54_8cc9_a9b1, 0xcf35_d70a_25df_ea0d],
            0xf40d_3e92_a574_1cb4,
        ),
    ];
    for (seed, task, split, index, first, twentieth) in golden {
        let mut rng = TaskRng::new(seed, task, split, index);
        let drawn: Vec<u64> = (0..20).map(|_| rng.bits()).collect();
        assert_eq!(drawn[..3], first, "{seed} {task} {split:?} {index}");
        assert_eq!(drawn[19], twentieth, "{seed} {task} {split:?} {index}");
    }
}

#[test]
fn bounded_draws_and_permutations() {
    let mut rng = TaskRng::new(7, "demo/draws", Split::Train, 3);
    let small: Vec<usize> = (0..12).map(|_| rng.below(10)).collect();
    assert_eq!(small, [2, 6, 2, 0, 5, 6, 7, 3, 0, 4, 4, 7]);
    // Just above half the range every other draw is rejected.
    let large: Vec<usize> = (0..3).map(|_| rng.below((1 << 63) + 1)).collect();
    assert_eq!(large, [225_664_325_087_777_947, 4_311_576_549_656_588_784, 2_366_798_077_841_508_416]);
    assert_eq!(rng.permutation(10), [0, 7, 6, 9, 3, 1, 2, 5, 4, 8]);
    assert_eq!(rng.bits(), 0xa145_03b9_ab5b_be0d);
}

#[test]
fn held_out_items() {
    let held_out: Vec<u64> = (0..80).filter(|&item| Split::HeldOut.owns("node", item)).collect();
    assert_eq!(held_out, [8, 13, 43, 57, 60, 62, 77]);
}
