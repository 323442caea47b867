//! Benchmarks: files of the published schemas, written here, and scores computed by hand under both toolkits' rules.

pub(crate) mod files;

use std::collections::BTreeMap;

use ssl4rl_tasks::exam::{EvalError, Exam, LogLikelihood, Reply, Respondent, Row};
use ssl4rl_tasks::{Part, prompt_text};
use ssl4rl_vision::bench::{Corruption, Item, Questions, Toolkit, VisionExam, bench, extract, score};
use ssl4rl_vision::source::AlbumOptions;
use ssl4rl_vision::table::{Cell, Row as TableRow};

use files::{BlinkRow, blink, tsv};

/// Replies to each prompt by a rule, and counts the images it was shown.
struct Scripted<Rule> {
    rule: Rule,
    images: usize,
}

impl<Rule: Fn(&str) -> String> Respondent for Scripted<Rule> {
    fn reply(&mut self, prompts: &[String]) -> Result<Vec<Option<Reply>>, EvalError> {
        Ok(prompts.iter().map(|prompt| Some(Reply { text: (self.rule)(prompt), truncated: false })).collect())
    }

    fn reply_to_parts(&mut self, prompts: &[Vec<Part>]) -> Result<Vec<Option<Reply>>, EvalError> {
        self.images += prompts.iter().flatten().filter(|part| matches!(part, Part::Blob { .. })).count();
        self.reply(&prompts.iter().map(|prompt| prompt_text(prompt)).collect::<Vec<_>>())
    }

    fn log_likelihoods(
        &mut self,
        prompts: &[String],
        _: &[Vec<String>],
    ) -> Result<Vec<Option<Vec<LogLikelihood>>>, EvalError> {
        Ok(vec![None; prompts.len()])
    }
}

fn sit(exam: &VisionExam, rule: impl Fn(&str) -> String) -> (Vec<Row>, usize) {
    let mut respondent = Scripted { rule, images: 0 };
    (exam.sit(&mut respondent).unwrap(), respondent.images)
}

fn metric(rows: &[Row], part: &str, metric: &str) -> f64 {
    rows.iter().find(|row| row.part == part).unwrap().metrics[metric].value
}

/// The 14 sub-tasks of BLINK, with two questions each whose answers are `(A)` and `(B)`, of one to four images.
pub(crate) fn blink_rows() -> Vec<BlinkRow> {
    let tasks = [
        "Art_Style",
        "Counting",
        "Forensic_Detection",
        "Functional_Correspondence",
        "IQ_Test",
        "Jigsaw",
        "Multi-view_Reasoning",
        "Object_Localization",
        "Relative_Depth",
        "Relative_Reflectance",
        "Semantic_Correspondence",
        "Spatial_Relation",
        "Visual_Correspondence",
        "Visual_Similarity",
    ];
    let row = |(number, task): (usize, &'static str)| {
        ["(A)", "(B)"].map(|answer| BlinkRow {
            id: format!("val_{task}_{answer}"),
            task,
            images: 1 + number % 4,
            answer,
        })
    };
    tasks.into_iter().enumerate().flat_map(row).collect()
}

#[test]
fn blink_is_read_from_parquet_and_scored_by_both_rules() {
    let folder = tempfile::tempdir().unwrap();
    blink(&folder.path().join("val-00000-of-00001.parquet"), &blink_rows());
    let secret = BlinkRow { id: "test_1".into(), task: "Counting", images: 1, answer: "hidden" };
    blink(&folder.path().join("test-00000-of-00001.parquet"), &[secret]);
    let read = || Questions::read(bench("blink").unwrap(), folder.path()).unwrap();
    let questions = read();
    assert_eq!((questions.items().len(), questions.skipped().len()), (28, 0));
    // 14 sub-tasks of 1, 2, 3, 4, 1, … images, two questions each: 2 x (4 + 8 + 9 + 12) of the first 12 and 2 x 3 of the rest.
    let images: usize = (0..14).map(|number| 2 * (1 + number % 4)).sum();
    let exam = questions.exam(Toolkit::Vlmevalkit);
    let (rows, shown) = sit(&exam, |_| "The answer is A.".to_owned());
    assert_eq!(shown, images);
    assert_eq!((rows.len(), metric(&rows, "all", "accuracy"), metric(&rows, "Jigsaw", "accuracy")), (15, 0.5, 0.5));
    assert!((exam.baselines().unwrap()[0].metrics["accuracy"].value - 0.5).abs() < 1e-12);

    // lmms-eval looks at the beginning of a reply: `T` is no option.
    let exam = read().exam(Toolkit::LmmsEval);
    assert!(metric(&sit(&exam, |_| "The answer is A.".to_owned()).0, "all", "accuracy").abs() < 1e-12);
    assert!((metric(&sit(&exam, |_| "(b) since it is".to_owned()).0, "all", "accuracy") - 0.5).abs() < 1e-12);
    // Both understand the tags.
    for toolkit in [Toolkit::Vlmevalkit, Toolkit::LmmsEval] {
        let rows = sit(&read().exam(toolkit), |_| "<think>A or B?</think> <answer>B</answer>".to_owned()).0;
        assert_eq!((metric(&rows, "all", "accuracy"), metric(&rows, "all", "unread")), (0.5, 0.0));
    }
}

#[test]
fn a_split_with_hidden_answers_gives_images_and_a_submission_and_no_score() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<BlinkRow> = blink_rows().into_iter().map(|row| BlinkRow { answer: "hidden", ..row }).collect();
    blink(&folder.path().join("test-00000-of-00001.parquet"), &rows);
    let questions = Questions::read(bench("blink").unwrap(), folder.path()).unwrap();
    assert!(questions.album(AlbumOptions::default()).unwrap().len() > 1);
    let exam = questions.exam(Toolkit::Vlmevalkit);
    assert!(exam.baselines().unwrap().is_empty());
    let mut respondent = Scripted { rule: |_: &str| "I see it.\nThe answer is A".to_owned(), images: 0 };
    let sitting = exam.examine(&mut respondent).unwrap();
    assert!(sitting.rows.iter().all(|row| row.part == "hidden" && !row.metrics.contains_key("accuracy")));
    let submission = sitting.submission.unwrap();
    assert_eq!((submission.file.as_str(), submission.answers), ("blink.tsv", 28));
    let text = String::from_utf8(submission.bytes).unwrap();
    let expected = "index\tprediction\treply\nval_Art_Style_(A)\tA\t\"I see it.\nThe answer is A\"\n";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn questions_with_known_and_hidden_answers_are_scored_and_collected() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = blink_rows();
    rows.truncate(4);
    rows[1].answer = "hidden";
    blink(&folder.path().join("val-00000-of-00001.parquet"), &rows);
    let exam = Questions::read(bench("blink").unwrap(), folder.path()).unwrap().exam(Toolkit::LmmsEval);
    let sitting = exam.examine(&mut Scripted { rule: |_: &str| "(B)".to_owned(), images: 0 }).unwrap();
    // Known are A, A and B.
    assert!((metric(&sitting.rows, "all", "accuracy") - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!(sitting.submission.unwrap().answers, 1);
}

#[test]
fn corrupted_images_are_further_parts_of_the_exam() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = blink_rows();
    rows.truncate(2);
    blink(&folder.path().join("val-00000-of-00001.parquet"), &rows);
    let exam = Questions::read(bench("blink").unwrap(), folder.path()).unwrap().exam(Toolkit::LmmsEval);
    let (rows, shown) = sit(&exam.with_corruptions(), |_| "A".to_owned());
    // Two questions of an image each, once as they are and once for each of 4 kinds at 5 strengths.
    assert_eq!(shown, 2 * 21);
    let parts: Vec<String> = Corruption::all().map(|corruption| corruption.to_string()).collect();
    assert_eq!((parts.len(), parts[0].as_str(), parts[19].as_str()), (20, "noise 1", "brightness 5"));
    for part in parts {
        assert!((metric(&rows, &part, "accuracy") - 0.5).abs() < 1e-12);
    }
}

#[test]
fn mme_realworld_keeps_images_as_text_and_options_with_their_letters() {
    let cell = |text: &str| Cell::Text(text.to_owned());
    let options = ["(A) red", "(B) blue", "(C) (A) and (B)"].map(cell).to_vec();
    let cells = [
        ("index", cell("3")),
        ("bytes", cell(&files::base64_image())),
        ("question", cell("Which colour?")),
        ("multi-choice options", Cell::List(options)),
        ("answer", cell("B")),
        ("category", cell("Perception/OCR with Complex Context")),
        ("l2-category", cell("text")),
    ];
    let cells = cells.into_iter().map(|(column, cell)| (column.to_owned(), cell)).collect();
    let item = Item::read(&TableRow { place: "here".into(), cells }).unwrap();
    assert_eq!(item.images[0].bytes().unwrap(), files::images(1)[0]);
    assert_eq!(item.options, ["red", "blue", "(A) and (B)"]);
    let bench = bench("mme-realworld-lite").unwrap();
    assert!((bench.chance(&item).unwrap() - 1.0 / 3.0).abs() < 1e-12);
    // lmms-eval takes the first of A to E behind the usual openings; the other wants a letter of its own.
    let both =
        |reply: &str| [Toolkit::LmmsEval, Toolkit::Vlmevalkit].map(|toolkit| bench.verdict(&item, reply, toolkit));
    assert_eq!(both("The best answer is B"), [Some(true), Some(true)]);
    assert_eq!(both("Blue is in the picture as I see it now, or not?"), [Some(true), None]);
    assert_eq!(both("none of them"), [None, None]);
}

#[test]
fn options_in_the_question_are_counted_and_videos_left_out() {
    let read = |question: &str, kind: &str| {
        let cells = [("text", question), ("label", "A"), ("data_type", kind)];
        let mut cells: BTreeMap<String, Cell> =
            cells.iter().map(|(column, text)| ((*column).to_owned(), Cell::Text((*text).to_owned()))).collect();
        cells.insert("image".into(), Cell::Bytes(vec![1]));
        Item::read(&TableRow { place: "here".into(), cells })
    };
    let chance = |question: &str| bench("vstar").unwrap().chance(&read(question, "image").unwrap()).unwrap();
    assert!((chance("Left or right?\n(A) left (B) right") - 0.5).abs() < 1e-12);
    assert!((chance("Which?\nA. one\nB. two\nC. three") - 1.0 / 3.0).abs() < 1e-12);
    assert!((chance("Which?") - 0.25).abs() < 1e-12);
    assert_eq!(read("Which?", "video").unwrap_err(), "it is about a video");
}

#[test]
fn imagenet_is_read_from_folders_and_from_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = files::images(3);
    for (class, picture) in ["n01440764", "tree_frog", "n00000001"].iter().zip(&pictures) {
        std::fs::create_dir(folder.path().join(class)).unwrap();
        std::fs::write(folder.path().join(class).join("a.png"), picture).unwrap();
    }
    std::fs::write(folder.path().join("LOC_synset_mapping.txt"), "n01440764 tench, Tinca tinca\n").unwrap();
    let imagenet = bench("imagenet").unwrap();
    let questions = Questions::read(imagenet, folder.path()).unwrap();
    let answers: Vec<&str> = questions.items().iter().filter_map(|item| item.answer.as_deref()).collect();
    assert_eq!(answers, ["tench, Tinca tinca", "tree frog"]);
    assert!(questions.skipped()[0].contains("no name is known for its class `n00000001`"), "{:?}", questions.skipped());
    let verdict = |reply: &str| imagenet.verdict(&questions.items()[0], reply, Toolkit::Vlmevalkit);
    assert_eq!(verdict("<think>a fish</think> <answer>tinca tinca.</answer>"), Some(true));
    assert_eq!((verdict("Tench"), verdict("<answer>fish</answer>")), (Some(true), Some(false)));

    let other = tempfile::tempdir().unwrap();
    files::classes(&other.path().join("train.parquet"), &[0, 1, 7]);
    std::fs::write(
        other.path().join("imagenet1000_clsidx_to_labels.txt"),
        "{0: 'tench, Tinca tinca',\n 1: \"goldfish, Carassius auratus\"}\n",
    )
    .unwrap();
    let questions = Questions::read(imagenet, other.path()).unwrap();
    let answers: Vec<&str> = questions.items().iter().filter_map(|item| item.answer.as_deref()).collect();
    assert_eq!(answers, ["tench, Tinca tinca", "goldfish, Carassius auratus"]);
    assert!(questions.skipped()[0].contains("class `7`"));
}

#[test]
fn mmbench_counts_a_question_where_every_roll_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let header = ["index", "question", "hint", "A", "B", "answer", "category", "l2-category", "image", "split"];
    let image = files::base64_image();
    let row = |index: &str, question: &str, options: [&str; 2], answer: &str, image: &str| {
        ["dev"]
            .iter()
            .fold(
                vec![index, question, "a \"hint\"\nin two lines", options[0], options[1], answer, "one", "wide", image],
                |mut cells, split| {
                    cells.push(split);
                    cells
                },
            )
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let rows = [
        row("7", "What is it?", ["a cat", "a dog"], "A", &image),
        row("1000007", "What is it?", ["a dog", "a cat"], "B", "7"),
        row("8", "Where is it?", ["left", "right"], "A", &image),
        row("1000008", "Where is it?", ["right", "left"], "B", "8"),
        row("9", "Broken?", ["yes", "no"], "A", "4711"),
    ];
    tsv(&folder.path().join("MMBench_DEV_EN.tsv"), &header, &rows);
    for toolkit in [Toolkit::Vlmevalkit, Toolkit::LmmsEval] {
        let questions = Questions::read(bench("mmbench").unwrap(), folder.path()).unwrap();
        assert_eq!(questions.items().len(), 4);
        assert!(questions.skipped()[0].contains("its image is that of row `4711`"), "{:?}", questions.skipped());
        let exam = questions.exam(toolkit);
        // The cat is found in both orders; of the other question the first option is always taken.
        let rule = |prompt: &str| if prompt.contains("What") { "a cat".to_owned() } else { "A".to_owned() };
        let (rows, shown) = sit(&exam, rule);
        assert_eq!((shown, metric(&rows, "all", "accuracy"), metric(&rows, "all", "circular")), (4, 0.75, 0.5));
    }
}

#[test]
fn mme_adds_single_questions_and_pairs() {
    let answered = |id, category, pair, right| score::Answered {
        id,
        category: Some(category),
        wider_category: None,
        pair: Some(pair),
        right,
    };
    let answers = [
        answered("1", "color", "red.png", true),
        answered("2", "color", "red.png", true),
        answered("3", "color", "blue.png", true),
        answered("4", "color", "blue.png", false),
        answered("5", "code_reasoning", "x.png", true),
        answered("6", "code_reasoning", "x.png", false),
    ];
    // Colour: 3 of 4 questions and 1 of 2 images; code: 1 of 2 and 0 of 1.
    assert_eq!(score::mme(&answers), score::Mme { perception: 75.0 + 50.0, reasoning: 50.0 });
    assert_eq!((extract::yes_or_no("Yes, it is."), extract::yes_or_no("yes or no?")), (Some(true), None));
    assert_eq!((extract::yes_or_no_at_start("No."), extract::yes_or_no_at_start("It is")), (Some(false), None));
}

#[test]
fn a_macro_average_weighs_categories_and_not_questions() {
    let answered = |category, narrow, right| score::Answered {
        id: "",
        category: Some(category),
        wider_category: Some(narrow),
        pair: None,
        right,
    };
    // Maths: (1/2 + 1)/2 = 0.75 of two narrow categories; colours: 0.
    let answers = [
        answered("maths", "sums", true),
        answered("maths", "sums", false),
        answered("maths", "shapes", true),
        answered("colours", "red", false),
    ];
    assert!((score::macro_average(&answers) - 0.375).abs() < 1e-12);
}

#[test]
fn replies_are_read_as_the_toolkits_read_them() {
    let options = ["left".to_owned(), "right".to_owned()];
    let exact = |reply: &str| extract::by_vlmevalkit(reply, b"AB", &options);
    // One letter among the last five words; two letters are ambiguous; then the text, if the reply is short.
    assert_eq!(exact("B"), Some('B'));
    assert_eq!(exact("It must be B: the ball"), Some('B'));
    assert_eq!(exact("A is what I would say here after all"), None);
    assert_eq!(exact("A or B"), None);
    assert_eq!(exact("I think that the answer is **a** for many good reasons"), Some('A'));
    assert_eq!(exact("to the left"), Some('A'));
    assert_eq!(exact("left or right"), None);
    assert_eq!(exact("Cannot determine the answer"), None);
    assert_eq!(exact("<answer>B</answer>"), None);

    let form = |reply: &str| extract::by_form(reply, b"ABCD");
    assert_eq!(form("C. because (A) is wrong"), Some('C'));
    assert_eq!(form("It is not (A) but (D) here"), Some('D'));
    assert_eq!(form("<think>(A)</think>The answer is B, I think"), Some('B'));
    assert_eq!(form("nothing of that kind"), None);
    assert_eq!((extract::first_character(" b."), extract::at_start("The dog")), (Some('B'), Some('T')));
}

#[test]
fn open_answers_are_compared_as_words() {
    let item = Item {
        id: "1".into(),
        images: Vec::new(),
        question: "How many?".into(),
        hint: None,
        options: Vec::new(),
        published_prompt: None,
        answer: Some("Two".into()),
        category: None,
        wider_category: None,
        pair: None,
    };
    let bench = bench("realworldqa").unwrap();
    assert_eq!(bench.verdict(&item, "two.", Toolkit::LmmsEval), Some(true));
    assert_eq!(bench.verdict(&item, "<answer> three </answer>", Toolkit::Vlmevalkit), Some(false));
    let lettered = Item { answer: Some("C".into()), ..item };
    assert_eq!(bench.verdict(&lettered, "(C)", Toolkit::LmmsEval), Some(true));
}

#[test]
fn tables_without_what_a_benchmark_needs_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |file: &str| {
        let place = folder.path().join(file);
        Questions::read(bench("mmbench").unwrap(), &place).unwrap_err().to_string()
    };
    assert!(refusal("absent").contains("hint: download them from"));
    tsv(&folder.path().join("a.tsv"), &["question", "image"], &[]);
    assert!(refusal("a.tsv").contains("`index` is missing"));
    tsv(&folder.path().join("f.tsv"), &["\u{1b}[2J", "image"], &[]);
    assert!(refusal("f.tsv").contains("\\u{1b}[2J, image"), "{}", refusal("f.tsv"));
    tsv(
        &folder.path().join("b.tsv"),
        &["index", "question", "image"],
        &[vec!["1".into(), "Why?".into(), "*".repeat(80)]],
    );
    assert!(refusal("b.tsv").contains("no base64"));
    tsv(&folder.path().join("e.tsv"), &["index", "photo"], &[vec!["1".into(), "a".into()]]);
    assert!(refusal("e.tsv").ends_with("row 0: it has no image; the columns are index, photo"), "{}", refusal("e.tsv"));
    std::fs::write(folder.path().join("c.parquet"), b"PAR1 cut short").unwrap();
    assert!(refusal("c.parquet").contains("c.parquet"));
    std::fs::write(folder.path().join("d.csv"), b"").unwrap();
    assert!(refusal("d.csv").contains("neither `.parquet` nor `.tsv`"));
}
