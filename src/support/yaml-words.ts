// What is wrong with a text that is no YAML, in words. The parser's own messages quote the text, which may hold a password.
import type { ErrorCode } from 'yaml'

const WORDS: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: 'a tab is used for indentation; only spaces may be',
  BAD_INDENT: 'the indentation does not fit the lines above, or a bracket is not closed',
  DUPLICATE_KEY: 'a key stands twice in one mapping',
  MISSING_CHAR: 'a character is missing: a closing quote or bracket, a comma, or a space behind a colon',
  UNEXPECTED_TOKEN: 'something stands where nothing may; often a quote or a bracket before it is not closed',
  BLOCK_AS_IMPLICIT_KEY: 'a second colon on the line: put quotes round a text that holds ": "',
  BLOCK_IN_FLOW: 'an indented block stands inside [ ] or { }',
  MULTILINE_IMPLICIT_KEY:
    'a key goes over more than one line; a colon behind it is missing, or the indentation is wrong',
  BAD_DQ_ESCAPE: 'an unknown \\ in double quotes; single quotes take it as it is',
  BAD_SCALAR_START: 'a text begins with @ or `: put quotes round it',
  BAD_ALIAS: 'an alias (*name) is malformed; put quotes round a text that begins with *, such as "* 3 * * *"',
  ALIAS_PROPS: 'an alias (*name) has a tag or an anchor',
  MULTIPLE_ANCHORS: 'a value has two anchors (&name)',
  MULTIPLE_TAGS: 'a value has two tags (!name)',
  MULTIPLE_DOCS: 'there is more than one document (---) in it',
  BAD_PROP_ORDER: 'an anchor or a tag stands before an indicator that must come first',
  BAD_DIRECTIVE: 'a line that begins with % is no directive',
  BAD_COLLECTION_TYPE: 'a value is of another kind than its tag says',
  TAG_RESOLVE_FAILED: 'a tag (!name) does not fit its value',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  NON_STRING_KEY: 'a key is no text',
}

/** The parser's code in words. */
export function yamlWords(code: ErrorCode): string {
  return WORDS[code] ?? 'it is malformed here'
}
