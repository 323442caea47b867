//! Chat templates: the Jinja text that wraps a conversation into what a model was trained to continue.
//!
//! Templates are written for Python's Jinja, as `transformers` runs it: blocks trimmed, strings with Python's methods,
//! `raise_exception`, and a `tojson` that prints as Python's `json.dumps`. `strftime_now` is left undefined on purpose: what
//! a policy sees must not depend on the day. Templates that use it ask first whether it is there, and have a date of their
//! own where it is not.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value as JinjaValue};
use minijinja::{Environment, Error, ErrorKind};
use serde::{Deserialize, Serialize};
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};
use serde_json::{Map, Value};

const NAME: &str = "chat template";

/// Work a template may do for one conversation; a loop without end stops here.
const FUEL: u64 = 10_000_000;

/// One turn of a conversation.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Message<'text> {
    /// `user`, `assistant` or `system`.
    pub(super) role: &'static str,
    /// What is said.
    pub(super) content: &'text str,
}

/// A parsed template with the variables it may use.
#[derive(Debug, Clone)]
pub(super) struct ChatTemplate {
    environment: Environment<'static>,
    variables: Map<String, Value>,
}

/// `chat_template` of `tokenizer_config.json`: one template, or several with names.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum TemplateField {
    One(String),
    Named(Vec<NamedTemplate>),
}

/// One of several templates.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct NamedTemplate {
    name: String,
    template: String,
}

impl TemplateField {
    /// The template for a plain conversation: the only one, or the one named `default`.
    pub(super) fn into_default(self) -> Result<String, String> {
        let templates = match self {
            Self::One(text) => return Ok(text),
            Self::Named(templates) => templates,
        };
        let names: Vec<&str> = templates.iter().map(|template| template.name.as_str()).collect();
        let refusal = format!("none of the templates is named `default`; there are {}", names.join(", "));
        templates.into_iter().find(|template| template.name == "default").map(|found| found.template).ok_or(refusal)
    }
}

impl ChatTemplate {
    /// Parses `source`. `variables` are those a template may use beside the conversation: the special tokens.
    pub(super) fn parse(source: String, variables: Map<String, Value>) -> Result<Self, String> {
        let mut environment = Environment::new();
        let trimmed = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(trimmed.map_err(|error| describe(&error))?);
        environment.set_fuel(Some(FUEL));
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", raise_exception);
        environment.add_filter("tojson", to_json);
        environment.add_template_owned(NAME, source).map_err(|error| describe(&error))?;
        Ok(Self { environment, variables })
    }

    /// Lays `variables` over those the template may use already.
    pub(super) fn set_variables(&mut self, variables: &Map<String, Value>) {
        self.variables.extend(variables.clone());
    }

    /// The text of `messages`; with `opened`, followed by the opening of the assistant's next turn.
    pub(super) fn render(&self, messages: &[Message<'_>], opened: bool) -> Result<String, String> {
        let mut context = self.variables.clone();
        let messages = serde_json::to_value(messages).map_err(|error| error.to_string())?;
        context.insert("messages".into(), messages);
        context.insert("add_generation_prompt".into(), opened.into());
        // Given as none, as `transformers` does, so that a template may ask for them.
        for absent in ["tools", "documents"] {
            context.entry(absent).or_insert(Value::Null);
        }
        let template = self.environment.get_template(NAME).map_err(|error| describe(&error))?;
        template.render(JinjaValue::from(Serde(context))).map_err(|error| describe(&error))
    }
}

/// What the template's own author has to say against a conversation.
fn raise_exception(message: String) -> Result<String, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message))
}

/// `json.dumps(value, ensure_ascii=False, indent=indent)`.
#[expect(clippy::needless_pass_by_value, reason = "the signature of a filter")]
fn to_json(value: Serde<Value>, options: Kwargs) -> Result<String, Error> {
    let indent: Option<usize> = options.get("indent")?;
    let ensure_ascii: Option<bool> = options.get("ensure_ascii")?;
    options.assert_all_used()?;
    if ensure_ascii == Some(true) {
        return Err(Error::new(ErrorKind::InvalidOperation, "tojson(ensure_ascii=true) is not supported"));
    }
    let written = match indent {
        None => write_json(&value.0, PythonStyle),
        Some(indent) => write_json(&value.0, PrettyFormatter::with_indent(" ".repeat(indent).as_bytes())),
    };
    written.map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
}

fn write_json(value: &Value, style: impl Formatter) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, style))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Python's default: a space after every comma and colon.
struct PythonStyle;

impl Formatter for PythonStyle {
    fn begin_array_value<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}

/// The message with its place in the template.
fn describe(error: &Error) -> String {
    let text = error.to_string();
    if text.contains("strftime_now") {
        return format!(
            "{text}\nhint: nothing here may depend on today's date; a template usually takes one as a variable: \
             `--set policy.chat_template_kwargs.date_string=\"26 Jul 2024\"`"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Renders `source` for one question, `variables` laid over nothing.
    fn render(source: &str, variables: &Value) -> Result<String, String> {
        let template = ChatTemplate::parse(source.to_owned(), variables.as_object().unwrap().clone())?;
        template.render(&[Message { role: "user", content: " why? " }], true)
    }

    #[test]
    fn blocks_are_trimmed_as_in_python() {
        let source =
            "{% for message in messages %}\n  {% if true %}\n<{{ message.role }}>\n  {% endif %}\n{% endfor %}\nend\n";
        assert_eq!(render(source, &json!({})).unwrap(), "<user>\nend");
    }

    #[test]
    fn strings_have_pythons_methods_and_slices() {
        let source = "{{ messages[0]['content'].strip().upper() }}{{ ' a</t>b '.split('</t>')[-1].rstrip() }}\
                      {{ 'abc'[::-1] }}{{ messages[0].content.startswith(' w') }}{% for key, value in tool.items() %}\
                      {{ key }}={{ value }}{% endfor %}{{ tool.get('missing', 'none') }}";
        assert_eq!(render(source, &json!({"tool": {"z": 1, "a": 2}})).unwrap(), "WHY?bcbaTruez=1a=2none");
    }

    #[test]
    fn json_is_printed_as_python_prints_it() {
        let tool = json!({"tool": {"name": "f<x>", "of": [1, 2.5, null, true], "none": {}}});
        let plain = r#"{"name": "f<x>", "of": [1, 2.5, null, true], "none": {}}"#;
        assert_eq!(render("{{ tool | tojson }}", &tool).unwrap(), plain);
        let indented = "{\n    \"name\": \"f<x>\",\n    \"of\": [\n        1,\n        2.5,\n        null,\n        true\n    ],\n    \"none\": {}\n}";
        assert_eq!(render("{{ tool | tojson(indent=4) }}", &tool).unwrap(), indented);
    }

    #[test]
    fn a_template_may_refuse_and_may_not_ask_for_the_day() {
        let refused = render("{{ raise_exception('no system turn') }}", &json!({})).unwrap_err();
        assert!(refused.contains("no system turn"), "{refused}");
        let fixed = "{% if strftime_now is defined %}{{ strftime_now('%d') }}{% else %}26 Jul 2024{% endif %}";
        assert_eq!(render(fixed, &json!({})).unwrap(), "26 Jul 2024");
        let refused = render("{{ strftime_now('%d') }}", &json!({})).unwrap_err();
        assert!(refused.contains("hint: nothing here may depend on today's date"), "{refused}");
        assert!(render("{% for message in messages %}", &json!({})).is_err());
    }

    #[test]
    fn a_loop_without_end_is_stopped() {
        assert!(
            render("{% for i in range(90000) %}{% for j in range(90000) %}.{% endfor %}{% endfor %}", &json!({}))
                .is_err()
        );
    }

    #[test]
    fn of_several_templates_the_default_is_taken() {
        let field = |value: Value| serde_json::from_value::<TemplateField>(value).unwrap().into_default();
        let both = json!([{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]);
        assert_eq!(field(both).unwrap(), "d");
        assert_eq!(field(json!("one")).unwrap(), "one");
        assert!(field(json!([{"name": "rag", "template": "t"}])).unwrap_err().ends_with("there are rag"));
    }
}
