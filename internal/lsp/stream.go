package lsp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The largest message and the longest line of its header that are read, in bytes. A document may be as large as evidence may be, and
// JSON writes some characters with six.
const (
	largestMessage = 512 << 20
	longestHeader  = 4 << 10
)

// stream frames messages as the language server protocol does: a header with the length, an empty line, the content. The library's own
// framing takes any length and sets memory aside for it.
type stream struct {
	in  *bufio.Reader
	out io.Writer
}

func newStream(in io.Reader, out io.Writer) *stream {
	return &stream{in: bufio.NewReaderSize(in, longestHeader), out: out}
}

// Send writes a message at once. It is for one caller at a time.
func (s *stream) Send(message []byte) error {
	framed := fmt.Appendf(make([]byte, 0, len(message)+40), "Content-Length: %d\r\n\r\n", len(message))
	_, err := s.out.Write(append(framed, message...))
	return err
}

// Recv reads a message. io.EOF is the end between two messages.
func (s *stream) Recv() ([]byte, error) {
	length, err := s.header()
	if err != nil {
		return nil, err
	}
	// A length is believed only as far as bytes come.
	message, err := io.ReadAll(io.LimitReader(s.in, int64(length)))
	if err == nil && len(message) < length {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("read a message of %d bytes: %w", length, err)
	}
	return message, nil
}

// header reads the lines before a message, and answers its length.
func (s *stream) header() (length int, err error) {
	length = -1
	for first := true; ; first = false {
		raw, err := s.in.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && len(raw) == 0 && first:
			return 0, io.EOF
		case err != nil:
			return 0, fmt.Errorf("read the header of a message: %w", err)
		}
		line := strings.TrimRight(string(raw), "\r\n")
		name, value, isField := strings.Cut(line, ":")
		switch {
		case line == "" && length >= 0:
			return length, nil
		case line == "":
			return 0, errors.New("a message has no Content-Length")
		case !isField:
			return 0, errors.New("a line in the header of a message has no colon")
		case strings.EqualFold(strings.TrimSpace(name), "Content-Length"):
			length, err = strconv.Atoi(strings.TrimSpace(value))
			if err != nil || length < 0 || length > largestMessage {
				return 0, fmt.Errorf("the Content-Length of a message must be a number of at most %d", largestMessage)
			}
		}
	}
}

// Close lets the writing be: the streams belong to the caller.
func (s *stream) Close() error { return nil }
