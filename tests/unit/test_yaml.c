#include "check.h"
#include "config/node.h"
#include <stdlib.h>

/* Repeats `unit` n times behind `head` and in front of `tail`; owned by the caller. */
static char *repeat(const char *head, const char *unit, size_t n, const char *tail) {
  rww_text text = {0};
  rww_text_add(&text, "%s", head);
  for (size_t i = 0; i < n; i++) rww_text_add(&text, "%s", unit);
  rww_text_add(&text, "%s", tail);
  return text.chars;
}

static void check_refused(const char *source, const char *message) {
  rww_problems problems = {0};
  rww_node root;
  CHECK(rww_node_parse("a.yaml", false, source, &problems, &root) == RWW_ERR_CONFIG);
  CHECK(root.kind == RWW_NODE_EMPTY && root.n == 0);
  CHECK(problems.n_errors == 1);
  if (problems.n == 0 || !strstr(problems.list[0].text, message)) {
    fprintf(stderr, "expected: %s\nfound: %s\n", message, problems.n ? problems.list[0].text : "nothing");
    check_failures++;
  }
  rww_problems_free(&problems);
}

static void check_refused_and_free(char *source, const char *message) {
  check_refused(source, message);
  free(source);
}

static void check_texts_that_are_no_yaml_are_refused_with_their_place(void) {
  check_refused("a: 1\n\tb: 2\n", "a.yaml:2:1: a tab in the indentation; expected blanks");
  check_refused("a:\n  b: 1\n\tc: 2\n", "a.yaml:3:1: a tab in the indentation");
  check_refused("a: [1, 2\nb: 3\n", "a.yaml:2:2: not valid YAML: while parsing a flow sequence");
  check_refused("a: 'x\n", "not valid YAML: while scanning a quoted scalar");
  check_refused("a: 1\n b: 2\n", "a.yaml:2:3: not valid YAML");
  check_refused("a: 1\nb: caf\xe9\n", "a.yaml:2:7: not a UTF-8 text");
  check_refused("\xff\xfe"
                "a",
                "a.yaml:1:1: not a UTF-8 text");
  check_refused("a: \x01\n", "a.yaml:1:4: not a UTF-8 text: control characters are not allowed");
  check_refused("a: \"x\\0y\"\n", "a.yaml:1:4: a text with a zero character");
}

static void check_what_a_configuration_does_not_need_is_refused(void) {
  check_refused("a: 1\n---\nb: 2\n", "a.yaml:2:1: a second document begins here; expected one");
  check_refused("a: !!python/object:os.system x\n", "a.yaml:1:4: a tag; expected plain values");
  check_refused("? [1, 2]\n: 3\n", "a.yaml:1:3: a key that is no plain word");
}

static void check_wrong_aliases_are_refused(void) {
  check_refused("a: *b\n", "a.yaml:1:4: an alias of an anchor that was not completed before it");
  check_refused("a: &b [*b]\n", "a.yaml:1:8: an alias of an anchor");
}

/* Nine levels of nine aliases: 9^9 nodes if they were expanded. */
static void check_an_alias_bomb_is_refused(void) {
  rww_text bomb = {0};
  rww_text_add(&bomb, "l0: &l0 [x, x, x, x, x, x, x, x, x]\n");
  for (int i = 1; i < 9; i++) {
    rww_text_add(&bomb, "l%d: &l%d [", i, i);
    for (int k = 0; k < 9; k++) rww_text_add(&bomb, "%s*l%d", k ? ", " : "", i - 1);
    rww_text_add(&bomb, "]\n");
  }
  check_refused_and_free(bomb.chars, "stand for more than 10000 values; write them out");
}

static void check_nested_anchors_are_limited(void) {
  char *list = repeat("[", "0, ", 9000, "0]");
  check_refused_and_free(repeat("a: &a [&b ", list, 1, "]"), "stand for more than 10000 values");
  free(list);
}

static void check_depth_and_width_are_limited(void) {
  check_refused_and_free(repeat("a: ", "[", 100000, ""), "a.yaml:1:36: nested more than 32 levels deep");
  rww_text keys = {0};
  for (int i = 0; i <= 1000; i++) rww_text_add(&keys, "k%d: 0\n", i);
  check_refused_and_free(keys.chars, "a.yaml:1001:1: more than 1000 keys in one mapping");
}

static rww_node read(const char *source) {
  rww_problems problems = {0};
  rww_node root;
  CHECK_OK(rww_node_parse("a.yaml", false, source, &problems, &root));
  CHECK(problems.n == 0);
  rww_problems_free(&problems);
  return root;
}

static void check_a_tree_has_its_places(void) {
  rww_node root = read("# comment\na: 1\nb:\n  - x\n  - 'y z'\n");
  const rww_node *b = rww_node_child(&root, "b");
  CHECK(root.kind == RWW_NODE_MAPPING && root.n == 2 && rww_node_child(&root, "c") == NULL);
  CHECK(b->kind == RWW_NODE_SEQUENCE && b->n == 2 && b->key_place.line == 3 && b->key_place.column == 1);
  CHECK(strcmp(b->children[1].text, "y z") == 0 && b->children[1].quoted && !b->children[0].quoted);
  CHECK(b->children[1].place.line == 5 && b->children[1].place.column == 5);
  rww_node_free(&root);
}

static void check_marks_and_line_ends_of_other_systems_are_read(void) {
  rww_node root = read("\xef\xbb\xbf"
                       "a: 1\r\nb: 2\r\n");
  CHECK(root.n == 2 && strcmp(root.children[1].text, "2") == 0 && root.children[1].place.line == 2);
  rww_node_free(&root);
}

static void check_a_text_without_settings_is_empty(void) {
  static const char *const empty[] = {"", "# only a comment\n", "---\n", "~", "\n\n"};
  for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
    rww_node root = read(empty[i]);
    CHECK(root.kind == RWW_NODE_EMPTY);
    rww_node_free(&root);
  }
}

static void check_an_alias_is_a_copy(void) {
  rww_node root = read("a: &x [1, 2]\nb: *x\n");
  rww_node *a = rww_node_child(&root, "a"), *b = rww_node_child(&root, "b");
  rww_node_clear(&a->children[0]);
  CHECK(b->n == 2 && strcmp(b->children[0].text, "1") == 0);
  rww_node_free(&root);
}

static void check_a_duplicate_key_is_told_with_the_first(void) {
  rww_problems problems = {0};
  rww_node root;
  CHECK_OK(rww_node_parse("a.yaml", false, "a: 1\nb:\n  c: 1\n  c: 2\n", &problems, &root));
  CHECK(problems.n == 1 &&
        strstr(problems.list[0].text, "a.yaml:4:3: the key 'c' a second time; the first is in line 3"));
  rww_problems_free(&problems);
  rww_node_free(&root);
}

static void check_a_text_is_read_in_full(void) {
  char *source = repeat("[", "1, ", 200000, "1]");
  rww_node root = read(source);
  CHECK(root.n == 200001);
  rww_node_free(&root);
  free(source);
}

static rww_node scalar(const char *text) {
  return (rww_node){.kind = RWW_NODE_SCALAR, .text = (char *)text};
}

static void check_numbers_are_those_of_yaml(void) {
  static const struct {
    const char *text;
    double value;
  } good[] = {{"4", 4},  {"-0.5", -0.5}, {"+3", 3},   {"1e-3", 0.001},    {"1E+2", 100},        {".5", 0.5},
              {"5.", 5}, {"0.1", 0.1},   {"010", 10}, {".inf", INFINITY}, {"-.Inf", -INFINITY}, {"+.INF", INFINITY}};
  static const char *const bad[] = {"",   "x",   "0x10", "1_000", "1:30", "inf", "nan",
                                    "1e", "1e+", ".",    "-",     "1 2",  "0,5"};
  double value;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    rww_node node = scalar(good[i].text);
    CHECK(rww_node_read_real(&node, &value) == RWW_NUMERAL_GOOD && value == good[i].value);
    node.quoted = true;
    CHECK(rww_node_read_real(&node, &value) == RWW_NUMERAL_NOT_ONE);
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    rww_node node = scalar(bad[i]);
    CHECK(rww_node_read_real(&node, &value) == RWW_NUMERAL_NOT_ONE);
  }
  rww_node nan = scalar(".nan"), huge = scalar("1e309"), tiny = scalar("1e-400");
  CHECK(rww_node_read_real(&nan, &value) == RWW_NUMERAL_GOOD && isnan(value));
  CHECK(rww_node_read_real(&huge, &value) == RWW_NUMERAL_TOO_LARGE);
  CHECK(rww_node_read_real(&tiny, &value) == RWW_NUMERAL_GOOD && value == 0);
}

static void check_integers_have_64_bits(void) {
  uint64_t value;
  rww_node largest = scalar("18446744073709551615"), beyond = scalar("18446744073709551616"), negative = scalar("-1");
  rww_node real = scalar("4.0"), empty = scalar("+");
  CHECK(rww_node_read_integer(&largest, &value) == RWW_NUMERAL_GOOD && value == UINT64_MAX);
  CHECK(rww_node_read_integer(&beyond, &value) == RWW_NUMERAL_TOO_LARGE);
  CHECK(rww_node_read_integer(&negative, &value) == RWW_NUMERAL_NOT_ONE);
  CHECK(rww_node_read_integer(&real, &value) == RWW_NUMERAL_NOT_ONE);
  CHECK(rww_node_read_integer(&empty, &value) == RWW_NUMERAL_NOT_ONE);
}

static void check_a_long_name_loses_its_beginning(void) {
  char text[RWW_PLACE_TEXT_SIZE], *path = repeat("", "directory/", 200, "a.yaml");
  rww_place place = {path, 3, 4};
  rww_place_format(&place, text);
  CHECK(strstr(text, "directory/a.yaml:3:4") != NULL);
  free(path);
}

int main(void) {
  check_texts_that_are_no_yaml_are_refused_with_their_place();
  check_what_a_configuration_does_not_need_is_refused();
  check_wrong_aliases_are_refused();
  check_an_alias_bomb_is_refused();
  check_nested_anchors_are_limited();
  check_depth_and_width_are_limited();
  check_a_tree_has_its_places();
  check_marks_and_line_ends_of_other_systems_are_read();
  check_a_text_without_settings_is_empty();
  check_an_alias_is_a_copy();
  check_a_duplicate_key_is_told_with_the_first();
  check_a_text_is_read_in_full();
  check_numbers_are_those_of_yaml();
  check_integers_have_64_bits();
  check_a_long_name_loses_its_beginning();
  return check_report();
}
