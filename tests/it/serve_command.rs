//! `ssl4rl serve`: the program itself, asked over a socket.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;

use serde_json::{Value, json};

use super::export_command::{export, has_python, rows};
use super::verify_command::{TASK, truth_and_oracle, verify};

fn serve(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ssl4rl"));
    command.env_remove("SSL4RL_DATA").arg("serve").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Exit code and stderr of a server that does not start.
fn refused(arguments: &[&str]) -> String {
    let output = serve(arguments).output().unwrap();
    assert_eq!(output.stdout, b"");
    format!("code: {}\n{}", output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr))
}

/// A server on a port of its own; it is killed when dropped.
struct Server {
    child: Child,
    address: String,
    /// What it printed first.
    line: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut child = serve(&[&["--address", "127.0.0.1:0"], arguments].concat()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let start = line.find("127.0.0.1:").unwrap_or_else(|| panic!("the server did not start: {line}"));
        let address = line[start..].trim_end_matches(|end: char| !end.is_ascii_digit());
        let address = address.split('"').next().unwrap().to_owned();
        Self { child, address, line }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).unwrap()
    }

    fn ask(&self, method: &str, path: &str, body: impl AsRef<[u8]>) -> Reply {
        let mut stream = self.connect();
        send(&mut stream, method, path, "Connection: close\r\n", body.as_ref());
        receive(&mut BufReader::new(stream))
    }

    fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask("POST", path, body.to_string())
    }

    fn signal(&self) {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    fn stderr(&mut self) -> BufReader<ChildStderr> {
        BufReader::new(self.child.stderr.take().unwrap())
    }

    fn exit_code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _ended_already = self.child.wait();
    }
}

struct Reply {
    status: u16,
    head: String,
    body: Value,
}

fn send(stream: &mut impl Write, method: &str, path: &str, headers: &str, body: &[u8]) {
    let mut request = String::new();
    write!(request, "{method} {path} HTTP/1.1\r\nHost: test\r\n{headers}Content-Length: {}\r\n\r\n", body.len())
        .unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
}

fn receive(stream: &mut impl BufRead) -> Reply {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(stream.read_line(&mut head).unwrap(), 0, "the reply ends within its head: {head}");
    }
    let head = head.to_ascii_lowercase();
    let length: usize = head.split_once("content-length: ").unwrap().1.lines().next().unwrap().parse().unwrap();
    assert!(head.contains("content-type: application/json\r\n"), "{head}");
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head, body: serde_json::from_slice(&body).unwrap_or_default() }
}

/// Requests that have verdicts, and with them some that have none.
fn requests() -> Vec<Value> {
    let (truth, oracle) = truth_and_oracle();
    let twice = format!("{oracle}<answer>?</answer>");
    vec![
        json!({"task": TASK, "completion": oracle, "truth": truth}),
        json!({"task": TASK, "completion": "no answer", "truth": truth, "reward": 0.5}),
        json!({"task": TASK, "completion": "<answer>1</answer>", "truth": truth}),
        json!({"task": TASK, "completion": twice, "truth": truth, "answer_rule": "paper"}),
        json!({"task": TASK, "completion": twice, "truth": truth}),
        json!({"task": TASK, "completion": oracle, "truth": truth, "truncated": true}),
        json!({"task": "graph/subgraph-countin", "completion": "", "truth": truth}),
        json!({"task": "vision/rotation", "completion": "", "truth": truth}),
        json!({"task": TASK, "completion": "", "truth": {"colour": "red"}}),
    ]
}

/// What `ssl4rl verify` says of them, without the numbers of the lines.
fn verified(arguments: &[&str], requests: &[Value]) -> Vec<Value> {
    let lines: Vec<String> = requests.iter().map(Value::to_string).collect();
    let output = verify(arguments, &lines.join("\n"));
    let replies = String::from_utf8(output.stdout).unwrap();
    let without_line = |line: &str| {
        let mut reply: Value = serde_json::from_str(line).unwrap();
        reply.as_object_mut().unwrap().shift_remove("line");
        reply
    };
    replies.lines().map(without_line).collect()
}

#[test]
fn verdicts_are_those_of_verify_one_by_one_and_in_an_array() {
    let requests = requests();
    let server = Server::start(&[]);
    let mut expected = verified(&[], &requests);
    let of_plugin = expected[7]["error"].as_str().unwrap().replace("vision verify", "vision serve");
    expected[7]["error"] = of_plugin.into();
    let array = server.post("/verify", &json!(requests));
    assert_eq!((array.status, array.body), (200, json!(expected)));
    for (request, expected) in requests.iter().zip(&expected) {
        let reply = server.post("/verify", request);
        assert_eq!(&reply.body, expected);
        assert_eq!(reply.status, if expected["error"].is_null() { 200 } else { 422 });
    }
    assert_eq!(server.post("/verify", &json!([])).body, json!([]));
}

#[test]
fn settings_apply_as_they_do_in_verify() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("settings.toml");
    std::fs::write(&file, "[reward]\nanswer_rule = \"paper\"\ntruncated_counts = true\n").unwrap();
    let requests = &requests()[..6];
    let mut seen = Vec::new();
    for arguments in [&["--config", file.to_str().unwrap()][..], &["--answer-rule", "paper"], &[]] {
        let expected = verified(arguments, requests);
        assert_eq!(Server::start(arguments).post("/verify", &json!(requests)).body, json!(expected));
        seen.push(expected);
    }
    assert!(seen[0] != seen[1] && seen[1] != seen[2]);
}

/// Asks the reward of an export for scores as the trainer does, and prints its arguments and its reply.
const ASK: &str = r#"
import importlib.util, json, pathlib, sys, types
folder = pathlib.Path(sys.argv[1])
sys.modules["torch"] = types.SimpleNamespace(tensor=list)
spec = importlib.util.spec_from_file_location("reward", folder / "ssl4rl_reward.py")
reward = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reward)
rows = [json.loads(line) for line in open(folder / "train.jsonl")]
answers = ["<answer>0</answer>", "<answer>1</answer>", " <answer> 2 </answer>\n", "none \ud800", "<answer>3"]
prompts = ["<|user|>" + row["input"][0]["content"] + "<|assistant|>" for row in rows]
queries = [prompt + answers[place % 5] + "<|end|>" for place, prompt in enumerate(prompts)]
queries[0] = queries[0].replace("\n", " \n ")
queries[1] = "<|vision_start|>" + queries[1]
queries[2] = queries[2].replace(" ", "\x1f")
labels = [row["label"] for row in rows]
reply = reward.reward_func(queries, prompts, labels)
print(json.dumps({"query": queries, "prompts": prompts, "labels": labels}))
print(json.dumps(reply))
"#;

#[test]
fn rewards_are_those_of_the_python_file_of_an_export() {
    if !has_python() {
        return;
    }
    let parent = tempfile::tempdir().unwrap();
    let place = export("openrlhf", parent.path());
    let server = Server::start(&["--config", place.join("settings.toml").to_str().unwrap()]);
    let output = Command::new("python3")
        .env("SSL4RL", env!("CARGO_BIN_EXE_ssl4rl"))
        .args(["-c", ASK])
        .arg(&place)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let (request, expected) = told.split_once('\n').unwrap_or_else(|| panic!("{output:?}", output = output.stderr));
    let expected: Value = serde_json::from_str(expected).unwrap();
    let reply = server.ask("POST", "/get_reward", request);
    assert_eq!((reply.status, reply.body), (200, expected));
}

/// A request as `OpenRLHF` makes it of the first rows of an export.
fn batch(place: &Path, plain: &Path, count: usize) -> Value {
    let rows = &rows(&place.join("train.jsonl"))[..count];
    let answers = super::export_command::rows(&plain.join("train.jsonl"));
    let prompts: Vec<String> =
        rows.iter().map(|row| format!("<s>{}", row["input"][0]["content"].as_str().unwrap())).collect();
    let queries: Vec<String> = prompts
        .iter()
        .zip(&answers)
        .map(|(prompt, row)| format!("{prompt}<answer>{}</answer>", row["answer"].as_str().unwrap()))
        .collect();
    let labels: Vec<&Value> = rows.iter().map(|row| &row["label"]).collect();
    json!({ "query": queries, "prompts": prompts, "labels": labels })
}

#[test]
fn a_batch_with_an_item_at_fault_has_no_rewards() {
    let parent = tempfile::tempdir().unwrap();
    let (place, plain) = (export("openrlhf", parent.path()), export("jsonl", parent.path()));
    let server = Server::start(&[]);
    let right = batch(&place, &plain, 3);
    let reply = server.post("/get_reward", &right);
    let ones = json!([1.0, 1.0, 1.0]);
    let expected = json!({ "rewards": ones, "scores": ones, "extra_logs": { "exact": ones, "parsed": ones } });
    assert_eq!((reply.status, reply.body), (200, expected));
    let with = |pointer: &str, value: Value| {
        let mut batch = right.clone();
        *batch.pointer_mut(pointer).unwrap() = value;
        batch
    };
    for (batch, expected) in [
        (with("/labels", json!(["{}"])), "must have one length, got 3, 3 and 1"),
        (with("/labels/1", json!("4")), "`labels`, item 1: expected JSON like {\"task\": "),
        (with("/labels/2", json!({})), "`labels`, item 2: expected a string"),
        (with("/query/2", json!("another")), "`query`, item 2: it does not hold the end of its prompt"),
        (with("/query/0", json!(1)), "`query`, item 0: expected a string"),
        (
            with("/labels/1", json!(r#"{"task": "graph/subgraph-countin", "truth": 1}"#)),
            "`labels`, item 1: unknown task",
        ),
        (with("/labels/1", json!(r#"{"task": "graph/subgraph-counting", "truth": 1}"#)), "truth does not parse"),
        (json!({ "query": [], "labels": [] }), "missing field `prompts`"),
    ] {
        let reply = server.post("/get_reward", &batch);
        let error = reply.body["error"].as_str().unwrap_or_default();
        assert!(reply.status == 422 && error.contains(expected), "{} {error}", reply.status);
        assert_eq!(reply.body.get("rewards"), None);
    }
}

#[test]
fn every_refusal_has_its_status_and_says_what_to_do() {
    let server = Server::start(&[]);
    for body in ["", "{\"task\": ", "verdict, please", "[{}", "\u{0}\u{1}"] {
        let reply = server.ask("POST", "/verify", body);
        assert_eq!(reply.status, 400, "{body}");
        assert!(reply.body["error"].is_string() && reply.body["expected"].is_string(), "{}", reply.body);
        assert_eq!(server.post("/verify", &reply.body["example"]).body["score"], 1.0);
    }
    assert_eq!(server.ask("POST", "/verify", b"{\"task\": \"\xff\", \"completion\": \"\"}").status, 400);
    let reply = server.ask("POST", "/get_reward", "[");
    assert_eq!(reply.status, 400);
    assert_eq!(server.post("/get_reward", &reply.body["example"]).body["rewards"], json!([1.0]));
    let reply = server.post("/verify", &json!({ "task": TASK, "truth": {} }));
    assert_eq!((reply.status, &reply.body["expected"].is_string()), (422, &true));
    assert!(reply.body["error"].as_str().unwrap().starts_with("missing field `completion`"));
    let reply = server.post("/verify", &json!([3]));
    assert!(reply.status == 200 && reply.body[0]["error"].as_str().unwrap().starts_with("invalid type"));

    let reply = server.ask("POST", "/score", "{}");
    assert_eq!((reply.status, &reply.body["error"]), (404, &json!("nothing is at `/score`")));
    let paths: Vec<&Value> = reply.body["routes"].as_array().unwrap().iter().map(|route| &route["path"]).collect();
    assert_eq!(paths, ["/verify", "/get_reward", "/tasks", "/health"]);
    let reply = server.ask("GET", "/verify", "");
    assert_eq!((reply.status, &reply.body["error"]), (405, &json!("`/verify` takes POST, not GET")));
    assert!(reply.head.contains("allow: post\r\n"), "{}", reply.head);
    assert_eq!(server.ask("DELETE", "/tasks", "").status, 405);
}

#[test]
fn a_body_that_is_too_long_is_refused_before_it_is_sent_where_the_client_asks() {
    let server = Server::start(&[]);
    let mut stream = server.connect();
    let head = "POST /verify HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 268435457\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let reply = receive(&mut BufReader::new(stream));
    assert_eq!(reply.status, 413);
    assert_eq!(reply.body["error"], "a request is at most 256 MiB long; send fewer completions at a time");
}

#[test]
fn the_server_tells_its_health_and_its_tasks() {
    let server = Server::start(&["--json"]);
    let line: Value = serde_json::from_str(&server.line).unwrap();
    let port: u16 = server.address.rsplit_once(':').unwrap().1.parse().unwrap();
    assert_eq!(line, json!({ "url": format!("http://127.0.0.1:{port}"), "host": "127.0.0.1", "port": port }));
    let expected = json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") });
    assert_eq!(server.ask("GET", "/health", "").body, expected);
    let listed = Command::new(env!("CARGO_BIN_EXE_ssl4rl")).args(["tasks", "--json"]).output().unwrap();
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(server.ask("GET", "/tasks", "").body, listed);
}

#[test]
fn many_clients_are_answered_at_the_same_time_over_connections_they_keep() {
    let server = Server::start(&[]);
    let requests = requests();
    let expected = verified(&[], &requests[..7]);
    thread::scope(|scope| {
        for client in 0..32 {
            let (server, requests, expected) = (&server, &requests, &expected);
            scope.spawn(move || {
                let mut stream = BufReader::new(server.connect());
                for turn in 0..20 {
                    let place = (client + turn) % 7;
                    send(stream.get_mut(), "POST", "/verify", "", requests[place].to_string().as_bytes());
                    assert_eq!(receive(&mut stream).body, expected[place]);
                }
            });
        }
    });
}

#[test]
fn long_completions_and_half_surrogate_pairs_are_scored() {
    let (truth, oracle) = truth_and_oracle();
    let server = Server::start(&[]);
    let long = format!("{}{oracle}", "<answer>12 < 3 ".repeat(70_000));
    assert!(long.len() > 1 << 20);
    let request = json!({"task": TASK, "completion": long, "truth": truth});
    let reply = server.post("/verify", &request);
    assert_eq!(reply.body, verified(&[], &[request])[0]);
    let request = json!({"task": TASK, "completion": format!("@{oracle}"), "truth": truth}).to_string();
    assert_eq!(server.ask("POST", "/verify", request.replace('@', r"\ud800")).body["score"], 1.0);
}

/// A connection on which the server waits for the body of a request, and that body.
#[cfg(unix)]
fn half_a_request(server: &Server) -> (TcpStream, Vec<u8>) {
    let body = requests()[0].to_string().into_bytes();
    let head = format!(
        "POST /verify HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = server.connect();
    stream.write_all(head.as_bytes()).unwrap();
    let expected = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut told = vec![0; expected.len()];
    stream.read_exact(&mut told).unwrap();
    assert_eq!(told, expected);
    (stream, body)
}

#[test]
#[cfg(unix)]
fn an_interrupt_lets_requests_under_way_finish() {
    let mut server = Server::start(&[]);
    let unused = server.connect();
    assert_eq!(server.ask("POST", "/score", "{}").status, 404);
    let (mut stream, body) = half_a_request(&server);
    server.signal();
    let mut told = String::new();
    let mut stderr = server.stderr();
    stderr.read_line(&mut told).unwrap();
    stderr.read_line(&mut told).unwrap();
    stream.write_all(&body).unwrap();
    assert_eq!(receive(&mut BufReader::new(stream)).body["score"], 1.0);
    assert_eq!(server.exit_code(), Some(0));
    stderr.read_to_string(&mut told).unwrap();
    drop(unused);
    let mut stdout = String::new();
    server.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    let all = format!("-- stdout\n{}{stdout}-- stderr\n{told}", server.line.replace(&server.address, "ADDRESS"));
    insta::assert_snapshot!(all, @r"
    -- stdout
    listening on http://ADDRESS
    -- stderr
    POST /score: 404: nothing is at `/score`
    finishing the requests under way; press Ctrl-C again to leave at once
    ");
}

#[test]
#[cfg(unix)]
fn a_client_that_stalls_does_not_keep_the_server() {
    let mut server = Server::start(&[]);
    let _under_way = half_a_request(&server);
    server.signal();
    assert_eq!(server.exit_code(), Some(0));
    let mut told = String::new();
    server.stderr().read_to_string(&mut told).unwrap();
    insta::assert_snapshot!(told, @r"
    finishing the requests under way; press Ctrl-C again to leave at once
    leaving requests that their clients did not finish
    ");
}

#[test]
#[cfg(unix)]
fn a_second_interrupt_leaves_at_once_and_quiet_says_nothing() {
    let mut server = Server::start(&["--quiet"]);
    assert_eq!(server.ask("POST", "/score", "{}").status, 404);
    let _under_way = half_a_request(&server);
    server.signal();
    // No new client is let in once the first has been heard.
    while TcpStream::connect(&server.address).is_ok() {
        thread::yield_now();
    }
    server.signal();
    assert_eq!(server.exit_code(), Some(130));
    let mut told = String::new();
    server.stderr().read_to_string(&mut told).unwrap();
    assert_eq!(told, "");
}

#[test]
fn an_address_that_cannot_be_had_is_told() {
    let server = Server::start(&[]);
    let port = server.address.rsplit_once(':').unwrap().1;
    insta::with_settings!({ filters => vec![(r"caused by: .*", "caused by: SYSTEM"), (port, "PORT")] }, {
        insta::assert_snapshot!(refused(&["--address", &server.address]), @r"
        code: 1
        error: cannot listen on `127.0.0.1`, port PORT
          caused by: SYSTEM

        hint: another program listens there; name another port with `--address`, or port 0 for a free one
        ");
        insta::assert_snapshot!(refused(&["--address", "192.0.2.1:8000"]), @r"
        code: 2
        error: cannot listen on `192.0.2.1`, port 8000
          caused by: SYSTEM

        hint: this machine has no such address; 127.0.0.1 is itself, 0.0.0.0 all that it has
        ");
        insta::assert_snapshot!(refused(&["--address", "8000"]), @r"
        code: 2
        error: invalid value '8000' for '--address <HOST:PORT>': expected HOST:PORT, for instance 127.0.0.1:8000 or [::1]:8000, got `8000`

        For more information, try '--help'.
        ");
    });
}

#[test]
fn settings_at_fault_are_told_before_anything_is_served() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("settings.toml");
    std::fs::write(&file, format!("[task.\"{TASK}\"]\ncolour = 3\n")).unwrap();
    let told = refused(&["--config", file.to_str().unwrap()]);
    assert!(told.starts_with("code: 2\n") && told.contains("unknown knob `colour`"), "{told}");
    let told = refused(&["--config", "/nonexistent.toml"]);
    assert!(told.starts_with("code: 2\n") && told.contains("/nonexistent.toml"), "{told}");
}
