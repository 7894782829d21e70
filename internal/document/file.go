package document

// File names a file that was read, with the digest of its bytes.
type File struct{ Path, SHA256 string }
