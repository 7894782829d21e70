package sandbox

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// setup is the first frame that a worker reads: all that it evaluates with.
type setup struct {
	Root       string            `json:"root"`
	Modules    map[string]string `json:"modules"`  // sources by file
	Packages   map[string]string `json:"packages"` // file that each package is in
	Data       map[string]any    `json:"data"`
	DeadlineMS int64             `json:"deadline_ms"`
	Memory     uint64            `json:"memory"` // bytes
}

// request asks for packages, one after the other.
type request struct {
	Input    map[string]any `json:"input"`
	Packages []string       `json:"packages"`
}

// answer is what came of one package, or, without one, of the setup.
type answer struct {
	Package  string `json:"package,omitempty"`
	Findings any    `json:"findings"`
	Error    string `json:"error,omitempty"`
}

// maxAnswer bounds what is read of one answer, in bytes: far above what any package finds.
const maxAnswer = 16 << 20

// writeFrame writes a value with the number of its bytes before it.
func writeFrame(w io.Writer, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode frame: %w", err)
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint64(nil, uint64(len(encoded))), encoded...))
	return err
}

// readFrame reads a value of at most so many bytes. Numbers stay as they are written.
func readFrame(r io.Reader, limit uint64, into any) error {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	size := binary.BigEndian.Uint64(head[:])
	if size > limit {
		return fmt.Errorf("%w: %d bytes, allowed are at most %d", errTooLarge, size, limit)
	}
	encoded := make([]byte, size)
	if _, err := io.ReadFull(r, encoded); err != nil {
		return fmt.Errorf("read frame: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("decode frame: %w", err)
	}
	return nil
}
