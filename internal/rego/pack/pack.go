// Package pack holds the numbers and texts that what is compiled ahead is written in. It is read from a text that is a part
// of the program, without a copy.
package pack

import "encoding/binary"

// AppendNumber writes a number as an unsigned varint.
func AppendNumber[N int | uint64](out []byte, n N) []byte {
	return binary.AppendUvarint(out, uint64(n))
}

// AppendText writes the length of a text, and the text.
func AppendText(out []byte, text string) []byte {
	return append(AppendNumber(out, len(text)), text...)
}

// AppendTexts writes how many texts there are, and each.
func AppendTexts(out []byte, texts []string) []byte {
	out = AppendNumber(out, len(texts))
	for _, text := range texts {
		out = AppendText(out, text)
	}
	return out
}

// Reader reads what was written, in the same order. It verifies nothing: data that was not written so is a mistake of the
// program, and makes it panic.
type Reader string

// Number reads a number.
func (r *Reader) Number() int {
	n, shift := 0, 0
	for {
		b := (*r)[0]
		*r = (*r)[1:]
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
		shift += 7
	}
}

// Text reads a text, which is a part of the data.
func (r *Reader) Text() string {
	n := r.Number()
	text := (*r)[:n]
	*r = (*r)[n:]
	return string(text)
}

// Texts reads a list of texts; it is not nil.
func (r *Reader) Texts() []string {
	texts := make([]string, r.Number())
	for i := range texts {
		texts[i] = r.Text()
	}
	return texts
}
