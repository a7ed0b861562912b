package dev.sekiso.cli;

/** How a table is written: for people, for spreadsheets, for programs. Named as options name it. */
enum TableFormat {
  text,
  csv,
  json
}
