package supply

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"debug/buildinfo"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	registry "github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/signature"
)

// commitTime is the time of the commit that the tests release.
const commitTime = "1795564800"

// assessPackaged is the main job, on the evidence that packages bring.
const assessPackaged = "assess --at 2026-11-20 --allow-past-at "

// A snapshot is a release that is not published, of the files as they are in this checkout.
type snapshot struct {
	dist   string // the folder of its files
	public string // the file of the key that verifies them
}

// makeSnapshot runs goreleaser in a repository of its own, whose one commit has all tracked files. The same files give the same
// commit. A change, of one text to another, is made to goreleaser's settings only.
func makeSnapshot(t *testing.T, dir, umask string, change ...string) snapshot {
	t.Helper()
	repository := exec.Command("git", "ls-files", "-z")
	repository.Dir = root
	names, err := command(repository)
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(filepath.Join(root, name))
		switch {
		case errors.Is(err, fs.ErrNotExist): // removed, and not committed yet
			continue
		case err != nil:
			t.Fatal(err)
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(filepath.Join(root, name))
			if err == nil {
				err = os.Symlink(target, file)
			}
			if err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(file, []byte(content(t, root, name)), info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	key, err := signature.Generate(signature.Algorithms[0])
	if err != nil {
		t.Fatal(err)
	}
	keys := t.TempDir()
	if err := key.WriteNew(filepath.Join(keys, "release")); err != nil {
		t.Fatal(err)
	}
	program, err := filepath.Abs(filepath.Join(root, "validators", "bin", "goreleaser"))
	if err != nil {
		t.Fatal(err)
	}
	settings, before := filepath.Join(keys, "goreleaser.yaml"), content(t, root, ".goreleaser.yaml")
	write(t, settings, strings.NewReplacer(change...).Replace(before))
	if len(change) > 0 && content(t, settings) == before {
		t.Fatalf("goreleaser's settings lack %q", change[0])
	}
	date := "GIT_AUTHOR_DATE=" + commitTime + " +0000"
	script := "set -e; umask " + umask + "; git init -q -b main; git add -A -f; git commit -q -m release; " +
		"git remote add origin https://" + strings.TrimSuffix(Main, "/cmd/raci-check") + "; " + // asked for by goreleaser, and not called
		program + " release --snapshot --clean --config " + settings
	run := exec.Command("sh", "-c", script)
	run.Dir = dir
	run.Env = append(os.Environ(), "PWD="+dir, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		date, "GIT_COMMITTER_DATE="+commitTime+" +0000", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com", "RACI_CHECK_RELEASE_KEY="+filepath.Join(keys, "release"+signature.PrivateSuffix))
	if _, err := command(run); err != nil {
		t.Fatal(err)
	}
	return snapshot{dist: filepath.Join(dir, "dist"), public: filepath.Join(keys, "release"+signature.PublicSuffix)}
}

// A user installs a snapshot in each way, and it does the main job. It takes minutes: the program is built for six platforms.
func TestSnapshot(t *testing.T) {
	slow(t)
	if runtime.GOOS != "linux" {
		t.Skip("packages are tried on Linux")
	}
	s := makeSnapshot(t, t.TempDir(), "022")
	for name, try := range map[string]func(*testing.T, snapshot){
		"has its files, and checksums that are signed":         hasItsFiles,
		"is the same from another folder":                      isTheSameFromAnotherFolder,
		"has each platform's program in its archive":           hasEachPlatformsProgram,
		"has a .deb that installs, works and leaves nothing":   hasADeb,
		"has an .rpm that rpm takes":                           hasAnRPM,
		"has a container image that holds no more than needed": hasAnImage,
		"is installed as the README says":                      isInstalledAsTheREADMESays,
		"has a program for Windows that wine runs":             hasAProgramForWindows,
	} {
		t.Run(name, func(t *testing.T) { try(t, s) })
	}
}

func platforms(yield func(goos, goarch string) bool) {
	for _, goos := range releasedOn {
		for _, goarch := range []string{"amd64", "arm64"} {
			if !yield(goos, goarch) {
				return
			}
		}
	}
}

func hasItsFiles(t *testing.T, s snapshot) {
	expected := []string{"raci-check_image.tar"}
	for goos, goarch := range platforms {
		name := "raci-check_" + goos + "_" + goarch
		expected = append(expected, binaryName(goos, goarch), name+".cdx.json", name+archiveSuffix(goos))
		if goos == "linux" {
			expected = append(expected, name+".deb", name+".rpm")
		}
	}
	slices.Sort(expected)
	checksums := content(t, s.dist, "checksums.txt")
	var listed []string
	for line := range strings.Lines(checksums) {
		listed = append(listed, strings.Fields(line)[1])
	}
	slices.Sort(listed)
	if !slices.Equal(listed, expected) {
		t.Errorf("the checksums list %v\nexpected %v", listed, expected)
	}
	// The programs lie in folders of their own until they are published.
	check := exec.Command("sha256sum", "--check", "--strict", "--ignore-missing", "checksums.txt")
	check.Dir = s.dist
	if out, err := check.CombinedOutput(); err != nil || bytes.Count(out, []byte(": OK\n")) != len(expected)-6 {
		t.Errorf("%v\n%s", err, out)
	}
	for goos, goarch := range platforms {
		digest := fmt.Sprintf("%x", sha256.Sum256([]byte(content(t, programOf(t, s, goos, goarch)))))
		if !strings.Contains(checksums, digest+"  "+binaryName(goos, goarch)+"\n") {
			t.Errorf("the checksums lack the program for %s on %s", goos, goarch)
		}
		if !strings.Contains(content(t, s.dist, "raci-check_"+goos+"_"+goarch+".cdx.json"), digest) {
			t.Errorf("the bill of materials for %s on %s is not of its program", goos, goarch)
		}
	}
	if out, code := outcome(t, exec.Command(programOf(t, s, "linux", runtime.GOARCH), "self-check", "--key", s.public, filepath.Join(s.dist, "checksums.txt"))); code != 0 {
		t.Errorf("self-check: exit code %d\n%s", code, out)
	}
	bundle := filepath.Join(s.dist, "checksums.txt.1.sigstore.json")
	for file, verifies := range map[string]bool{"checksums.txt": true, "raci-check_image.tar": false} {
		cosign := exec.Command(filepath.Join(root, "validators", "bin", "cosign"), "verify-blob-attestation", "--key", s.public, "--bundle", bundle,
			"--insecure-ignore-tlog=true", "--type", attest.ReleasedType, filepath.Join(s.dist, file))
		if out, err := cosign.CombinedOutput(); (err == nil) != verifies {
			t.Errorf("cosign says of %s: %v\n%s", file, err, out)
		}
	}
}

func binaryName(goos, goarch string) string {
	if goos == "windows" {
		return "raci-check_" + goos + "_" + goarch + ".exe"
	}
	return "raci-check_" + goos + "_" + goarch
}

func archiveSuffix(goos string) string {
	if goos == "windows" {
		return ".zip"
	}
	return ".tar.gz"
}

// programOf is the file that goreleaser built for a platform.
func programOf(t *testing.T, s snapshot, goos, goarch string) string {
	t.Helper()
	matches, err := filepath.Glob(filepath.Join(s.dist, "raci-check_"+goos+"_"+goarch+"_*", "raci-check*"))
	if err != nil || len(matches) != 1 {
		t.Fatalf("%v: %v", matches, err)
	}
	return matches[0]
}

// The second time with another folder, umask and time zone, of some platforms: each kind of file is among theirs. What was compiled is in
// Go's cache; that a program is the same when it is compiled again too, TestRelease says.
func isTheSameFromAnotherFolder(t *testing.T, s snapshot) {
	t.Setenv("TZ", "Asia/Tokyo")
	t.Setenv("TMPDIR", t.TempDir())
	again := makeSnapshot(t, filepath.Join(t.TempDir(), "another folder", "below"), "077",
		"    goos: [linux, darwin, windows]\n    goarch: [amd64, arm64]\n", "    targets: [linux_amd64, linux_arm64, windows_amd64]\n")
	var first []string
	for line := range strings.Lines(content(t, s.dist, "checksums.txt")) {
		if !strings.Contains(line, "darwin") && !strings.Contains(line, "windows_arm64") {
			first = append(first, line)
		}
	}
	if len(first) != 14 { // three files for each platform, four packages, and the image
		t.Errorf("compared are the checksums of\n%s", first)
	}
	if before, second := strings.Join(first, ""), content(t, again.dist, "checksums.txt"); before != second {
		t.Errorf("one folder gives\n%s\nanother\n%s", before, second)
	}
}

func versionOfSnapshot(t *testing.T, s snapshot) string {
	t.Helper()
	out, err := command(exec.Command(programOf(t, s, "linux", runtime.GOARCH), "version"))
	if err != nil {
		t.Fatal(err)
	}
	version := strings.Fields(string(out))[1]
	if !strings.Contains(version, "-snapshot.") {
		t.Errorf("the version is %s: a snapshot says that it is one", version)
	}
	return version
}

func hasEachPlatformsProgram(t *testing.T, s snapshot) {
	version := versionOfSnapshot(t, s)
	for goos, goarch := range platforms {
		name := "raci-check_" + goos + "_" + goarch
		dir := unpackedArchive(t, s, goos, goarch)
		program := filepath.Join(dir, "raci-check")
		if goos == "windows" {
			program += ".exe"
		}
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		settings := map[string]string{}
		for _, setting := range info.Settings {
			settings[setting.Key] = setting.Value
		}
		if info.Path != Main || settings["GOOS"] != goos || settings["GOARCH"] != goarch || settings["CGO_ENABLED"] != "0" {
			t.Errorf("%s has a program of %s with %v", name, info.Path, settings)
		}
		if !strings.Contains(content(t, program), version) {
			t.Errorf("the program of %s does not have the version %s", name, version)
		}
		for _, file := range []string{
			"LICENSE", "README.md", "CHANGELOG.md", "THIRD_PARTY_LICENSES", "completions/_raci-check", "completions/raci-check.bash",
			"completions/raci-check.fish", "man/man1/raci-check.1.gz", "man/man1/raci-check-assess.1.gz", "evidence/compliant/iam.yaml", "evidence/compliant/exports/iam-policies.json",
		} {
			if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// unpackedArchive is the folder that the archive for a platform has.
func unpackedArchive(t *testing.T, s snapshot, goos, goarch string) string {
	t.Helper()
	name, dir := "raci-check_"+goos+"_"+goarch, t.TempDir()
	archive := filepath.Join(s.dist, name+archiveSuffix(goos))
	unpack := exec.Command("tar", "xzf", archive, "-C", dir)
	if goos == "windows" {
		unpack = exec.Command("unzip", "-q", archive, "-d", dir)
	}
	if _, err := command(unpack); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// needRoot skips where the machine does not let a test make and enter a Debian of its own.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can enter another root folder (chroot): run this test as root")
	}
	if out, err := exec.Command("unshare", "--mount", "true").CombinedOutput(); err != nil {
		t.Skipf("this machine lets nobody mount: %v: %s", err, out)
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("the packages that are tried are those for amd64")
	}
}

// debian unpacks a clean Debian, with what completes commands and shows manual pages, and with dnf.
func debian(t *testing.T) string {
	t.Helper()
	dir, err := debianWith(t, "bookworm", "bash-completion,man-db,dnf")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// debianWith unpacks a release of Debian with packages. It is made once, and kept in the user's cache; delete it there for a recent one.
func debianWith(t *testing.T, release, packages string) (string, error) {
	t.Helper()
	needRoot(t)
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	kept := filepath.Join(cache, "raci-check-tests", "debian-"+release+".tar")
	if _, err := os.Stat(kept); errors.Is(err, fs.ErrNotExist) {
		fresh := filepath.Join(t.TempDir(), "fresh")
		if err := os.MkdirAll(filepath.Dir(kept), 0o755); err != nil {
			return "", err
		}
		staged := fmt.Sprintf("%s.%d", kept, os.Getpid()) // of a run that is killed, nothing stands under the name
		for _, args := range [][]string{
			{"debootstrap", "--variant=minbase", "--include=" + packages, release, fresh},
			{"tar", "cf", staged, "--one-file-system", "--exclude=./var/cache/apt/archives/*.deb", "-C", fresh, "."},
		} {
			if _, err := command(exec.Command(args[0], args[1:]...)); err != nil {
				return "", err
			}
		}
		if err := os.Rename(staged, kept); err != nil {
			return "", err
		}
	} else if err != nil {
		return "", err
	}
	dir := filepath.Join(t.TempDir(), "debian")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	_, err = command(exec.Command("tar", "xf", kept, "-C", dir))
	return dir, err
}

// enter runs a command in another root folder, with the /proc that each Linux has. What is mounted for it, and what it leaves
// running, is gone when it ends.
func enter(dir, user string, args ...string) *exec.Cmd {
	const script = `dir=$0 user=$1; shift; mkdir -p "$dir/proc"; mount -t proc proc "$dir/proc" && exec chroot --userspec="$user" "$dir" "$@"`
	run := exec.Command("unshare", append([]string{"--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "sh", "-c", script, dir, user}, args...)...)
	run.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"}
	return run
}

// inside runs a script in another root folder and gives what it prints on both streams, and its exit code.
func inside(t *testing.T, dir, user, script string) (string, int) {
	t.Helper()
	return outcome(t, enter(dir, user, "/bin/bash", "-c", script))
}

func outcome(t *testing.T, run *exec.Cmd) (string, int) {
	t.Helper()
	var out bytes.Buffer
	run.Stdout, run.Stderr = &out, &out
	if err := run.Run(); err != nil && run.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), run.ProcessState.ExitCode()
}

// steps runs scripts one after the other, each of which must succeed and print a text.
func steps(t *testing.T, dir string, scripts [][2]string) {
	t.Helper()
	for _, step := range scripts {
		if out, code := inside(t, dir, "0:0", step[0]); code != 0 || !strings.Contains(out, step[1]) {
			t.Errorf("$ %s\nexit code %d, expected is 0 and %q\n%.2000s", step[0], code, step[1], out)
		}
	}
}

func copyInto(t *testing.T, dir string, files ...string) {
	t.Helper()
	for _, file := range files {
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), []byte(content(t, file)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func hasADeb(t *testing.T, s snapshot) {
	dir := debian(t)
	copyInto(t, filepath.Join(dir, "srv"), filepath.Join(s.dist, "raci-check_linux_amd64.deb"))
	// The cache of manual pages has all its files only after it was renewed once: by any package with such a page.
	steps(t, dir, [][2]string{{"DPKG_MAINTSCRIPT_PACKAGE=man-db DPKG_MAINTSCRIPT_NAME=postinst sh /var/lib/dpkg/info/man-db.postinst triggered /usr/share/man", ""}})
	before := filesBelow(t, dir)
	steps(t, dir, [][2]string{
		{"dpkg --install /srv/raci-check_linux_amd64.deb", "Setting up raci-check"},
		{"dpkg --verify raci-check", ""},
		{". /usr/share/bash-completion/bash_completion; _completion_loader raci-check; complete -p raci-check", "raci-check"},
		{". /usr/share/bash-completion/bash_completion; _completion_loader raci-check; compopt() { :; }; COMP_LINE='raci-check asse'; COMP_POINT=15; COMP_TYPE=9; " +
			`COMP_WORDS=(raci-check asse); COMP_CWORD=1; __start_raci-check; printf '<%s>' "${COMPREPLY[@]}"`, "<assess"},
		{"test -s /usr/share/doc/raci-check/copyright && test -s /usr/share/doc/raci-check/THIRD_PARTY_LICENSES", ""},
	})
	// Not as root: who uses it must be able to read all that it brings, and as root man keeps what it formatted.
	for _, page := range []string{"raci-check", "raci-check-assess"} {
		if out, code := inside(t, dir, "65534:65534", "man -P cat "+page); code != 0 || !strings.Contains(out, "SYNOPSIS") {
			t.Errorf("man %s: exit code %d\n%.2000s", page, code, out)
		}
	}
	for evidence, expected := range map[string]struct {
		code int
		says string
	}{"compliant": {0, "PASS"}, "gaps": {1, "FAIL"}} {
		out, code := inside(t, dir, "65534:65534", "raci-check "+assessPackaged+"/usr/share/raci-check/evidence/"+evidence)
		if code != expected.code || !strings.HasPrefix(out, expected.says) {
			t.Errorf("%s: exit code %d, expected %d and %s\n%.2000s", evidence, code, expected.code, expected.says, out)
		}
	}
	added := difference(filesBelow(t, dir), before)
	for _, file := range []string{"/usr/bin/raci-check", "/usr/share/zsh/vendor-completions/_raci-check", "/usr/share/fish/vendor_completions.d/raci-check.fish"} {
		if !slices.Contains(added, file) {
			t.Errorf("%s is not installed; these are: %v", file, added)
		}
	}
	steps(t, dir, [][2]string{{"dpkg --purge raci-check", "Removing raci-check"}})
	after := filesBelow(t, dir)
	if left, gone := difference(after, before), difference(before, after); len(left) > 0 || len(gone) > 0 {
		t.Errorf("after its removal these are left: %v; and these gone: %v", left, gone)
	}
}

func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		names = append(names, strings.TrimPrefix(name, dir))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func difference(all, without []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return slices.Contains(without, name) })
}

func hasAnRPM(t *testing.T, s snapshot) {
	for _, architecture := range []string{"amd64", "arm64"} {
		file := filepath.Join(s.dist, "raci-check_linux_"+architecture+".rpm")
		if out, code := outcome(t, exec.Command("rpm", "--checksig", file)); code != 0 || !strings.Contains(out, "digests OK") {
			t.Errorf("rpm --checksig: exit code %d\n%s", code, out)
		}
		out, err := command(exec.Command("rpm", "--query", "--package", "--list", file))
		if err != nil {
			t.Fatal(err)
		}
		files := strings.Fields(string(out))
		for _, expected := range []string{
			"/usr/bin/raci-check", "/usr/share/man/man1/raci-check.1.gz", "/usr/share/man/man1/raci-check-assess.1.gz",
			"/usr/share/bash-completion/completions/raci-check", "/usr/share/zsh/site-functions/_raci-check",
			"/usr/share/fish/vendor_completions.d/raci-check.fish", "/usr/share/raci-check/evidence/compliant/iam.yaml",
			"/usr/share/doc/raci-check/THIRD_PARTY_LICENSES",
		} {
			if !slices.Contains(files, expected) {
				t.Errorf("%s has no %s", file, expected)
			}
		}
		// What it needs are rpm's own features alone: the program is linked to no library.
		needs, err := command(exec.Command("rpm", "--query", "--package", "--requires", file))
		if err != nil {
			t.Fatal(err)
		}
		for need := range strings.Lines(string(needs)) {
			if !strings.HasPrefix(need, "rpmlib(") {
				t.Errorf("%s needs %s", file, need)
			}
		}
	}
}

func hasAnImage(t *testing.T, s snapshot) {
	dir := t.TempDir()
	if _, err := command(exec.Command("tar", "xf", filepath.Join(s.dist, "raci-check_image.tar"), "-C", dir)); err != nil {
		t.Fatal(err)
	}
	top, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := registry.Index(top); err != nil {
		t.Error(err)
	}
	manifest, err := top.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		t.Fatalf("%v: %v", manifest, err)
	}
	index, err := top.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	if manifest, err = index.IndexManifest(); err != nil {
		t.Fatal(err)
	}
	var architectures []string
	for _, descriptor := range manifest.Manifests {
		img, err := index.Image(descriptor.Digest)
		if err != nil {
			t.Fatal(err)
		}
		architectures = append(architectures, descriptor.Platform.String())
		config, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		if config.OS+"/"+config.Architecture != descriptor.Platform.String() || config.Config.User != "65532:65532" ||
			!slices.Equal(config.Config.Entrypoint, []string{"/usr/bin/raci-check"}) {
			t.Errorf("the image for %s is of %s/%s, as %s, and starts %v", descriptor.Platform, config.OS, config.Architecture, config.Config.User, config.Config.Entrypoint)
		}
		holdsNoMoreThanNeeded(t, img, content(t, programOf(t, s, "linux", config.Architecture)))
		if config.Architecture == "amd64" {
			runsAsAnImage(t, img)
		}
	}
	if !slices.Equal(architectures, []string{"linux/amd64", "linux/arm64"}) {
		t.Errorf("there are images for %v", architectures)
	}
}

func holdsNoMoreThanNeeded(t *testing.T, img v1.Image, program string) {
	t.Helper()
	extracted := mutate.Extract(img)
	defer extracted.Close()
	zones := 0
	for files := tar.NewReader(extracted); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		switch name := path.Clean(header.Name); {
		case header.Typeflag == tar.TypeDir:
		case name == "usr/bin/raci-check":
			if string(text) != program || header.Mode != 0o755 {
				t.Errorf("the program is another than that of the archives, or has mode %o", header.Mode)
			}
		case strings.HasPrefix(name, "usr/share/zoneinfo/"):
			zones++
		case name == "etc/ssl/certs/ca-certificates.crt":
			if trusted := certificatesIn(text); trusted < 80 {
				t.Errorf("%d certificates are trusted: browsers have more", trusted)
			}
		case name == "etc/passwd" || name == "etc/group":
		default:
			t.Errorf("%s is in the image", name)
		}
		if header.Typeflag == tar.TypeReg && header.Mode&0o111 != 0 && header.Name != "usr/bin/raci-check" {
			t.Errorf("%s can be run", header.Name)
		}
	}
	if zones < 400 {
		t.Errorf("%d time zones are there, Go has more", zones)
	}
}

func certificatesIn(text []byte) (count int) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if _, err := x509.ParseCertificate(block.Bytes); err == nil {
			count++
		}
	}
	return count
}

// runsAsAnImage runs the files of an image as a container's: in a root folder of their own, as the user that the image names.
func runsAsAnImage(t *testing.T, img v1.Image) {
	t.Helper()
	needRoot(t)
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	unpack := exec.Command("tar", "x", "-p", "-C", dir)
	extracted := mutate.Extract(img)
	defer extracted.Close()
	unpack.Stdin = extracted
	if _, err := command(unpack); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "work", "evidence"), os.DirFS(filepath.Join(root, "evidence"))); err != nil {
		t.Fatal(err)
	}
	for evidence, code := range map[string]int{"compliant": 0, "gaps": 1} {
		args := append([]string{"/usr/bin/raci-check"}, strings.Fields(assessPackaged+"/work/evidence/"+evidence)...)
		if out, actual := outcome(t, enter(dir, nonroot+":"+nonroot, args...)); actual != code {
			t.Errorf("%s: exit code %d, expected %d\n%.2000s", evidence, actual, code, out)
		}
	}
}

var installCommands = regexp.MustCompile("(?s)<!-- install commands -->\n```sh\n(.*?)```")

// installations say where a command of the README is run, by its first word.
var installations = map[string]func(t *testing.T, s snapshot, line string){
	"apt":    installedInDebian,
	"dnf":    installedInDebian,
	"tar":    installedFromArchive,
	"podman": installedAsImage,
	"go":     installedByGo,
}

// The commands are run as they stand, beside the files of the release.
func isInstalledAsTheREADMESays(t *testing.T, s snapshot) {
	match := installCommands.FindStringSubmatch(content(t, root, "README.md"))
	if match == nil {
		t.Fatal("README.md has no commands to install")
	}
	ways := map[string]int{}
	for line := range strings.Lines(match[1]) {
		line, _, _ = strings.Cut(line, " #")
		line = strings.TrimSpace(line)
		way, _, _ := strings.Cut(line, " ")
		try, ok := installations[way]
		if !ok {
			t.Errorf("nobody tries %s", line)
			continue
		}
		ways[way]++
		t.Run(line, func(t *testing.T) { try(t, s, line) })
	}
	if expected := map[string]int{"apt": 1, "dnf": 1, "tar": 1, "podman": 1, "go": 2}; !maps.Equal(ways, expected) {
		t.Errorf("the README has the ways %v, expected %v", ways, expected)
	}
}

func installedInDebian(t *testing.T, s snapshot, line string) {
	dir := debian(t)
	copyInto(t, filepath.Join(dir, "srv"), filepath.Join(s.dist, "raci-check_linux_amd64.deb"), filepath.Join(s.dist, "raci-check_linux_amd64.rpm"))
	yes := strings.Replace(line, " install ", " install -y ", 1) // a person would be asked
	steps(t, dir, [][2]string{
		{"cd /srv && " + yes, "raci-check"},
		{"raci-check version", "raci-check " + versionOfSnapshot(t, s)},
		{"raci-check " + assessPackaged + "/usr/share/raci-check/evidence/compliant", "PASS"},
	})
}

func installedFromArchive(t *testing.T, s snapshot, line string) {
	dir := t.TempDir()
	copyInto(t, dir, filepath.Join(s.dist, "raci-check_linux_amd64.tar.gz"))
	runHere(t, dir, nil, line)
	runHere(t, filepath.Join(dir, "raci-check_linux_amd64"), nil, "./raci-check "+assessPackaged+"evidence/compliant")
}

// The image is loaded by podman. Its program is run by another test, because not every machine lets a container start.
func installedAsImage(t *testing.T, s snapshot, line string) {
	if _, err := exec.LookPath("podman"); err != nil {
		t.Skip("podman loads the image: install Debian's package podman")
	}
	dir := t.TempDir()
	copyInto(t, dir, filepath.Join(s.dist, "raci-check_image.tar"))
	storage := filepath.Join(dir, "storage.conf")
	write(t, storage, fmt.Sprintf("[storage]\ndriver = \"vfs\"\ngraphroot = \"%s/graph\"\nrunroot = \"%s/run\"\n", dir, dir))
	env := []string{"CONTAINERS_STORAGE_CONF=" + storage}
	runHere(t, dir, env, line)
	if out := runHere(t, dir, env, "podman images --format '{{.Repository}}:{{.Tag}}'"); !strings.Contains(out, "raci-check:"+versionOfSnapshot(t, s)) {
		t.Errorf("these images are there: %s", out)
	}
}

func installedByGo(t *testing.T, s snapshot, line string) {
	if strings.Contains(line, "@latest") {
		release, bin, environment := moduleProxy(t)
		runHere(t, t.TempDir(), environment, line) // in no module
		program := filepath.Join(bin, "raci-check")
		namesItsVersion(t, program, release)
		runHere(t, root, nil, program+" "+assessPackaged+"evidence/compliant")
		return
	}
	checkout := filepath.Dir(s.dist)
	runHere(t, checkout, []string{"CGO_ENABLED=0", "GOFLAGS=-trimpath -buildvcs=false"}, line) // what was compiled before is used again
	runHere(t, checkout, nil, "./raci-check "+assessPackaged+"evidence/compliant")
}

// runHere runs a script of sh that must succeed, and gives what it prints.
func runHere(t *testing.T, dir string, env []string, script string) string {
	t.Helper()
	run := exec.Command("sh", "-c", script)
	run.Dir, run.Env = dir, append(os.Environ(), env...)
	out, code := outcome(t, run)
	if code != 0 {
		t.Fatalf("$ %s\nexit code %d\n%.3000s", script, code, out)
	}
	return out
}
