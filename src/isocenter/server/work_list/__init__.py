"""The list of studies that people read from: searching, sorting, who has read what, saved views."""
