package artifact

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"path"
	"slices"
	"strings"
)

// form is a form of files that begin in a certain way.
type form struct {
	name       string // as "a PDF"
	signatures []string
	anywhere   bool // the signature may stand anywhere near the beginning
	least      int  // fewer bytes hold nothing
	contains   string
	packed     packing
}

// packing is how a form holds other files.
type packing int

const (
	notPacked packing = iota
	inZip
	inGzip
)

// office is how the encrypted documents of office programs begin, and their older ones.
const office = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// leastImage is less than the smallest image that a person can read anything on.
const leastImage = 128

var (
	pdf  = form{name: "a PDF", signatures: []string{"%PDF-"}, anywhere: true, contains: " obj"}
	png  = form{name: imageKind, signatures: []string{"\x89PNG\r\n\x1a\n"}, least: leastImage}
	jpeg = form{name: imageKind, signatures: []string{"\xff\xd8\xff"}, least: leastImage}
	gif  = form{name: imageKind, signatures: []string{"GIF87a", "GIF89a"}, least: leastImage}
	tiff = form{name: imageKind, signatures: []string{"II*\x00", "MM\x00*"}, least: leastImage}
	webp = form{name: imageKind, signatures: []string{"RIFF"}, least: leastImage}
	zips = form{name: "a ZIP archive", signatures: []string{"PK\x03\x04", "PK\x05\x06"}, packed: inZip}
	gz   = form{name: "gzip data", signatures: []string{"\x1f\x8b"}, packed: inGzip}
	book = form{name: "an office document", signatures: []string{"PK\x03\x04", office}, packed: inZip}
	xz   = form{name: "xz data", signatures: []string{"\xfd7zXZ\x00"}, least: 33}
	bz2  = form{name: "bzip2 data", signatures: []string{"BZh"}, least: 15}
	zst  = form{name: "Zstandard data", signatures: []string{"\x28\xb5\x2f\xfd"}, least: 14}
	p7z  = form{name: "a 7z archive", signatures: []string{"7z\xbc\xaf\x27\x1c"}, least: 33}
	old  = form{name: "an older office document", signatures: []string{office}}
)

// binaries are the forms by the ends of names.
var binaries = map[string]form{
	".pdf": pdf, ".png": png, ".jpg": jpeg, ".jpeg": jpeg, ".gif": gif, ".tif": tiff, ".tiff": tiff, ".webp": webp,
	".zip": zips, ".gz": gz, ".tgz": gz, ".xz": xz, ".bz2": bz2, ".zst": zst, ".7z": p7z,
	".xlsx": book, ".xlsm": book, ".docx": book, ".pptx": book, ".ods": book, ".odt": book, ".odp": book,
}

// signed are the forms that are recognised where a text is expected.
var signed = []form{pdf, png, jpeg, gif, tiff, zips, gz, old, xz, p7z, zst}

// parts is what the documents of office programs contain, by the ends of their names.
var parts = map[string]string{
	".xlsx": "xl/", ".xlsm": "xl/", ".docx": "word/", ".pptx": "ppt/", ".ods": "content.xml", ".odt": "content.xml", ".odp": "content.xml",
}

// headBytes is how far from the beginning the signature of a PDF may stand.
const headBytes = 1 << 10

func (f form) inspect(file File, ext string, depth int) *Problem {
	head := file.Content[:min(len(file.Content), headBytes)]
	begins := slices.ContainsFunc(f.signatures, func(signature string) bool {
		return bytes.HasPrefix(head, []byte(signature)) || f.anywhere && bytes.Contains(head, []byte(signature))
	})
	switch {
	case !begins && isPage(decoded(file.Content)):
		return contradiction("it is " + pageKind + ", not " + f.name)
	case !begins:
		return contradiction("it does not begin as " + f.name + " does")
	case file.Whole && (len(file.Content) < f.least || f.contains != "" && !bytes.Contains(file.Content, []byte(f.contains))):
		return nothing("it has the beginning of " + f.name + " and no content")
	case f.name == imageKind && file.Method == "api":
		return contradiction("it is an image, which no interface answers to a program")
	case !file.Whole:
		return nil
	case f.packed == inZip:
		return lookIntoZip(file, ext, depth)
	case f.packed == inGzip:
		return lookIntoGzip(file, ext, depth)
	}
	return nil
}

// maxDepth is how many archives inside each other are looked into.
const maxDepth = 2

// lookIntoZip looks for a file in an archive that shows something.
func lookIntoZip(file File, ext string, depth int) *Problem {
	if bytes.HasPrefix(file.Content, []byte(office)) {
		return nil
	}
	archive, err := zip.NewReader(bytes.NewReader(file.Content), int64(len(file.Content)))
	if err != nil {
		return contradiction("it cannot be read as a ZIP archive")
	}
	files := slices.DeleteFunc(slices.Clone(archive.File), func(f *zip.File) bool { return f.UncompressedSize64 == 0 })
	switch part := parts[ext]; {
	case part != "" && !slices.ContainsFunc(files, func(f *zip.File) bool { return strings.HasPrefix(f.Name, part) }):
		return contradiction("it is a ZIP archive, not an office document")
	case len(files) == 0:
		return nothing("it is an archive without content")
	case part != "" || len(files) > 1 || depth >= maxDepth || files[0].Flags&1 != 0: // 1: encrypted
		return nil
	}
	in, err := files[0].Open()
	if err != nil {
		return nil // packed in a way that is not known here
	}
	defer in.Close()
	return lookInside(file, files[0].Name, in, depth)
}

func lookIntoGzip(file File, ext string, depth int) *Problem {
	in, err := gzip.NewReader(bytes.NewReader(file.Content))
	if err != nil {
		return contradiction("it cannot be read as gzip data")
	}
	name := strings.TrimSuffix(path.Base(file.Path), path.Ext(file.Path))
	if ext == ".tgz" {
		name += ".tar"
	}
	if depth >= maxDepth {
		return nil
	}
	return lookInside(file, name, in, depth)
}

// lookInside inspects the only file of an archive.
func lookInside(file File, name string, in io.Reader, depth int) *Problem {
	content, err := io.ReadAll(io.LimitReader(in, MaxInspected))
	if err != nil {
		return contradiction("what is packed in it cannot be read")
	}
	file.Path, file.Content, file.Whole = name, content, len(content) < MaxInspected
	problem := inspect(file, depth+1)
	if problem != nil {
		problem.Message = "of the file in it: " + problem.Message
	}
	return problem
}
