// Package cache keeps results in a folder, by the digests of all that they were made of. An entry is sealed with a secret that
// lies outside the folder and bound to its key, so that one that somebody else wrote, or that is damaged, or stands under another
// name, is not believed: it counts as absent. Several runs may use a folder at the same time.
package cache

import (
	"bytes"
	"compress/flate"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/raci-check/raci-check/internal/safefile"
)

// Key is the digest of all that an entry was made of.
type Key [sha256.Size]byte

// name is the file of an entry, below the folder.
func (k Key) name() string {
	text := hex.EncodeToString(k[:])
	return path.Join(text[:2], text[2:])
}

// MarshalText is how entries name others.
func (k Key) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, k[:]), nil }

// UnmarshalText reads what MarshalText writes.
func (k *Key) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(k) {
		return hex.ErrLength
	}
	_, err := hex.Decode(k[:], text)
	return err
}

// keyOf is the key of an entry by its name.
func keyOf(name string) (key Key, ok bool) {
	sum, err := hex.DecodeString(strings.ReplaceAll(name, "/", ""))
	return Key(append(sum, make([]byte, len(key))...)[:len(key)]), err == nil && len(sum) == len(key)
}

// MaxSize is how many bytes a cache may have unless told otherwise.
const MaxSize = 1 << 30

// Options say how a cache is used.
type Options struct {
	Secret  []byte // that entries are sealed with
	MaxSize int64  // in bytes; 0 for the constant of that name
	Now     func() time.Time
}

// Cache is a folder with entries. It may be used concurrently.
type Cache struct {
	folder  safefile.Folder
	options Options

	mutex   sync.Mutex
	size    int64 // of all files; unknown until the first entry is written
	counted bool
	problem error
}

// tag is a file that says that the folder may be deleted, by the convention that programs for backups know.
const (
	tag     = "CACHEDIR.TAG"
	tagText = "Signature: 8a477f597d28d172789f06886806bc55\n# raci-check cache: raci-check cache --clear empties it.\n"
)

// Open opens a folder, and makes it where it is not there. It refuses one that others may use, and one that holds other files.
func Open(name string, o Options) (*Cache, error) {
	if o.MaxSize == 0 {
		o.MaxSize = MaxSize
	}
	if err := safefile.MakePrivateFolder(name); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	return open(name, o, true)
}

// OpenToShow opens a folder that is there, to show or clear it.
func OpenToShow(name string, o Options) (*Cache, error) { return open(name, o, false) }

func open(name string, o Options, fresh bool) (*Cache, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("cache: %s is a file: name a folder", name)
	}
	folder, err := safefile.OpenFolder(name)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	c := &Cache{folder: folder, options: o}
	tagged, err := c.tagged(name)
	switch {
	case err != nil:
	case !tagged && !fresh:
		err = fmt.Errorf("cache: %s is no cache of raci-check: name the folder that assess --cache was given", name)
	case safefile.OwnerOnly(info) != nil:
		err = fmt.Errorf("cache: others than its owner may use the folder %s (mode %04o), and could read results or remove them: chmod 700 it", name, info.Mode().Perm())
	case !tagged:
		err = folder.WriteLosable(tag, []byte(tagText))
	}
	if err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	return c, nil
}

// tagged reports whether the folder is a cache already. One that is not must be empty.
func (c *Cache) tagged(name string) (bool, error) {
	content, err := c.folder.Read(tag, int64(len(tagText)))
	if err == nil && string(content) == tagText {
		return true, nil
	}
	entries, err := fs.ReadDir(c.folder.FS(), ".")
	if err != nil {
		return false, fmt.Errorf("cache: %w", err)
	}
	for _, entry := range entries {
		if entry.Name() != tag && !isStaged(entry.Name()) {
			return false, fmt.Errorf("cache: the folder %s holds other files and is no cache of raci-check: name an empty or a new folder", name)
		}
	}
	return false, nil
}

// Close ends the use of the folder, and answers what kept entries from being written.
func (c *Cache) Close() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return errors.Join(c.problem, c.folder.Close())
}

// The form of an entry: magic, the lengths of head and body, the digest of the body, the seal over all this with the key and the
// head; then the head, and the body, deflated.
const (
	magic      = "raci-check/cache/1\n"
	lengths    = len(magic)
	bodyDigest = lengths + 8
	seal       = bodyDigest + sha256.Size
	headStart  = seal + sha256.Size
)

// Limits of what is read: an entry is small, and one that says otherwise is not ours.
const (
	maxHead = 4 << 20
	maxBody = 256 << 20
)

// sealOf is over everything but the body, of which it covers the digest.
func sealOf(secret []byte, key Key, start, head []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write(key[:])
	mac.Write(start[:seal])
	mac.Write(head)
	return mac.Sum(nil)
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 16<<10); return &b }}

// Get answers the head of an entry, and its body where that is wanted; none where there is no entry that can be believed.
func (c *Cache) Get(key Key, wantBody bool) (head, body []byte, ok bool) {
	return c.read(key, wantBody, true)
}

func (c *Cache) read(key Key, wantBody, use bool) (head, body []byte, ok bool) {
	file, info, err := c.folder.Open(key.name())
	if err != nil {
		return nil, nil, false
	}
	defer file.Close()
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	n, err := io.ReadFull(file, *buffer)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) || n < headStart {
		return nil, nil, false
	}
	start := (*buffer)[:n]
	headLength, bodyLength, ok := lengthsIn(start)
	if !ok || info.Size() != int64(headStart)+int64(headLength)+int64(bodyLength) {
		return nil, nil, false
	}
	head = make([]byte, headLength)
	have := copy(head, start[headStart:])
	if _, err := io.ReadFull(file, head[have:]); err != nil {
		return nil, nil, false
	}
	if !hmac.Equal(sealOf(c.options.Secret, key, start, head), start[seal:headStart]) {
		return nil, nil, false
	}
	if use {
		c.use(key, info)
	}
	if !wantBody {
		return head, nil, true
	}
	deflated := make([]byte, bodyLength)
	if _, err := file.ReadAt(deflated, int64(headStart)+int64(headLength)); err != nil {
		return nil, nil, false
	}
	body, ok = bodyOf(start, deflated)
	return head, body, ok
}

// lengthsIn are those of head and body, as the start of an entry says; not ok where it is the start of none.
func lengthsIn(start []byte) (head, body uint32, ok bool) {
	head, body = binary.BigEndian.Uint32(start[lengths:]), binary.BigEndian.Uint32(start[lengths+4:])
	return head, body, string(start[:lengths]) == magic && head <= maxHead && body <= maxBody
}

// bodyOf is the body of an entry, if that is the one that its start has the digest of.
func bodyOf(start, deflated []byte) ([]byte, bool) {
	if sum := sha256.Sum256(deflated); !bytes.Equal(sum[:], start[bodyDigest:seal]) {
		return nil, false
	}
	body, err := io.ReadAll(flate.NewReader(bytes.NewReader(deflated)))
	return body, err == nil
}

// usedAgain is how old the note of the last use may be: to write it for each use would cost as much as the reading.
const usedAgain = time.Hour

// use notes that an entry was used: those that were not used for the longest time go first.
func (c *Cache) use(key Key, info fs.FileInfo) {
	if now := c.options.Now(); now.Sub(info.ModTime()) > usedAgain {
		_ = c.folder.SetTime(key.name(), now) // it may be gone already
	}
}

// Put writes an entry. What goes wrong is answered by Close: without a cache all is as it would be, but slower.
func (c *Cache) Put(key Key, head, body []byte) {
	if err := c.put(key, head, body); err != nil {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		if c.problem == nil {
			c.problem = err
		}
	}
}

func (c *Cache) put(key Key, head, body []byte) error {
	entry, err := sealed(c.options.Secret, key, head, body)
	if err != nil || entry == nil {
		return err
	}
	if err := c.room(int64(len(entry))); err != nil {
		return err
	}
	return c.folder.WriteLosable(key.name(), entry)
}

// Begin is told what a run assesses by. The keys of a folder are of every run's.
func (c *Cache) Begin(Run) error { return nil }

// deflaters are kept: a new one takes half a megabyte.
var deflaters = sync.Pool{New: func() any {
	deflater, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // of another level
	}
	return deflater
}}

// sealed is an entry as it is stored; nil of one that is so large that it is made anew each time.
func sealed(secret []byte, key Key, head, body []byte) ([]byte, error) {
	var content bytes.Buffer
	content.Write(make([]byte, headStart))
	content.Write(head)
	deflater := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(deflater)
	deflater.Reset(&content)
	if _, err := deflater.Write(body); err != nil {
		return nil, err
	}
	if err := deflater.Close(); err != nil {
		return nil, err
	}
	entry := content.Bytes()
	bodyLength := len(entry) - headStart - len(head)
	if len(head) > maxHead || bodyLength > maxBody {
		return nil, nil
	}
	copy(entry, magic)
	binary.BigEndian.PutUint32(entry[lengths:], uint32(len(head)))
	binary.BigEndian.PutUint32(entry[lengths+4:], uint32(bodyLength))
	sum := sha256.Sum256(entry[headStart+len(head):])
	copy(entry[bodyDigest:], sum[:])
	copy(entry[seal:], sealOf(secret, key, entry, head))
	return entry, nil
}
