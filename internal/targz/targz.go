// Package targz reads and writes .tar.gz archives of regular files. What it reads may come from anyone: names that lead out,
// links, duplicates and bombs are refused. What it writes is the same for the same files.
package targz

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
)

// ErrUnsafe says that an archive holds what it must not.
var ErrUnsafe = errors.New("cannot use this archive")

// Limits bound what is read of an archive.
type Limits struct {
	Files     int
	Bytes     int64 // of all files together, unpacked
	FilesOnly bool  // entries of folders are refused, as Writer writes none
}

// overhead is what names and padding may take beside the content, for each file.
const overhead = 4 << 10

// Walk calls a function for each file of an archive, in its order, with a clean name below ".".
func Walk(r io.Reader, limits Limits, visit func(name string, content io.Reader) error) error {
	in := bufio.NewReader(r) // one that gzip does not read ahead of
	unzipped, err := gzip.NewReader(in)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsafe, err)
	}
	unzipped.Multistream(false)
	// Headers and padding cost too: the whole stream is bounded, not only what is handed on.
	stream := &bounded{unzipped, limits.Bytes + overhead*int64(limits.Files+1)}
	archive := tar.NewReader(stream)
	seen := map[string]bool{}
	left := limits.Bytes
	for {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return ends(stream, in)
		case err != nil:
			return fmt.Errorf("%w: %w", ErrUnsafe, err)
		case header.Typeflag == tar.TypeXGlobalHeader && !limits.FilesOnly:
			continue
		}
		name := strings.TrimPrefix(strings.TrimPrefix(header.Name, "./"), "/") // as tar and as OPA write them
		folder := header.Typeflag == tar.TypeDir && !limits.FilesOnly
		if name = strings.TrimSuffix(name, "/"); folder && (name == "" || name == ".") {
			continue
		}
		switch {
		case !fs.ValidPath(name) || name == "." || strings.ContainsAny(header.Name, "\\\x00"):
			return fmt.Errorf("%w: %q leads outside the archive", ErrUnsafe, header.Name)
		case folder: // nothing is made for it
			continue
		case header.Typeflag != tar.TypeReg:
			return fmt.Errorf("%w: %q is not a regular file", ErrUnsafe, header.Name)
		case seen[name]:
			return fmt.Errorf("%w: %q is in it twice", ErrUnsafe, name)
		case len(seen) == limits.Files:
			return fmt.Errorf("%w: there are more than %d files", ErrUnsafe, limits.Files)
		case header.Size > left:
			return tooLarge(limits)
		}
		seen[name] = true
		left -= header.Size
		if err := visit(name, archive); err != nil {
			return err
		}
	}
}

func tooLarge(limits Limits) error {
	return fmt.Errorf("%w: it is larger than %d MiB", ErrUnsafe, limits.Bytes>>20)
}

// bounded is a reader that ends with an error where it would go on for too long.
type bounded struct {
	from io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("it is too large")
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// ends refuses what follows the end of the archive, where readers differ in what they see.
func ends(stream io.Reader, file *bufio.Reader) error {
	for block := make([]byte, 512); ; {
		n, err := stream.Read(block)
		for _, b := range block[:n] {
			if b != 0 {
				return fmt.Errorf("%w: there is data after its end", ErrUnsafe)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnsafe, err)
		}
	}
	if _, err := file.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: there is data after its end", ErrUnsafe)
	}
	return nil
}

// Writer writes an archive. Files are written in the order they are added, without owner, rights or time.
type Writer struct {
	zipped *gzip.Writer
	files  *tar.Writer
}

// NewWriter begins an archive; Close ends it.
func NewWriter(w io.Writer) *Writer {
	zipped := gzip.NewWriter(w)
	return &Writer{zipped, tar.NewWriter(zipped)}
}

// Add adds a file of that many bytes.
func (w *Writer) Add(name string, size int64, content io.Reader) error {
	if !fs.ValidPath(name) || name == "." {
		return fmt.Errorf("%w: %q leads outside the archive", ErrUnsafe, name)
	}
	header := tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: time.Unix(0, 0).UTC(), Format: tar.FormatPAX}
	if err := w.files.WriteHeader(&header); err != nil {
		return fmt.Errorf("archive %s: %w", name, err)
	}
	if _, err := io.CopyN(w.files, content, size); err != nil {
		return fmt.Errorf("archive %s: %w", name, err)
	}
	return nil
}

// Close ends the archive; it does not close what it was written to.
func (w *Writer) Close() error {
	if err := errors.Join(w.files.Close(), w.zipped.Close()); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	return nil
}
