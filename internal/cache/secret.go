package cache

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/raci-check/raci-check/internal/safefile"
)

// leastSecret is how long a secret is at least: as long as what it seals with.
const leastSecret = 32

// Secret reads the secret that entries are sealed with from a file that its owner alone may use, and makes it where there is none. No
// name stands for a file in the folder that the system has for settings.
func Secret(name string) ([]byte, error) {
	if name == "" {
		folder, err := os.UserConfigDir()
		if err != nil {
			return nil, fmt.Errorf("cache: there is no folder for the secret (%w): name its file with --cache-key FILE", err)
		}
		name = filepath.Join(folder, "raci-check", "cache.key")
	}
	secret, err := safefile.ReadSecret(name)
	if errors.Is(err, fs.ErrNotExist) {
		made := []byte(rand.Text() + rand.Text() + "\n")
		err = safefile.ReplaceAll(filepath.Dir(name), []safefile.Change{{Path: filepath.Base(name), After: made, Mode: safefile.Private}})
		if err == nil || errors.Is(err, fs.ErrExist) { // another run was faster
			secret, err = safefile.ReadSecret(name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("cache: the secret: %w", err)
	}
	if secret = bytes.TrimSpace(secret); len(secret) < leastSecret {
		return nil, fmt.Errorf("cache: the secret in %s has %d characters, at least %d are needed: delete the file, and a new one is made", name, len(secret), leastSecret)
	}
	return secret, nil
}

// Program is the digest of the program that runs: results of another build are not its results.
func Program() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("cache: find the program: %w", err)
	}
	digest, err := safefile.DigestRunning(name)
	if err != nil {
		return "", fmt.Errorf("cache: read the program: %w", err)
	}
	return digest, nil
}
