// Reads a log as its address and its verifier keys tell, with nothing of Onlyonce: checks the checkpoint's signature, every tile
// and every leaf against it, proofs that it makes from tiles, and the proofs that the log gives. Prints how many leaves it checked.
//
// Usage: tlog ADDRESS OLD-SIZE VERIFIER-KEY…
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proof struct {
	LeafHash, RootHash, OldRootHash, NewRootHash string
	Path                                         []string
}

func main() {
	base := os.Args[1]
	old, err := strconv.ParseInt(os.Args[2], 10, 64)
	check(err)
	ctx := context.Background()
	fetcher, err := torchwood.NewTileFetcher(base)
	check(err)

	tree := signed(ctx, fetcher, os.Args[3:])
	client, err := torchwood.NewClient(fetcher)
	check(err)
	leaves := 0
	for _, leaf := range client.AllEntries(ctx, tree, 0) {
		if len(leaf) != 32 {
			check(fmt.Errorf("a leaf of %d bytes", len(leaf)))
		}
		leaves++
	}
	check(client.Err())

	hashes := torchwood.TileHashReaderWithContext(ctx, tree, fetcher)
	for _, index := range []int64{0, 255, 256, old, tree.N / 2, tree.N - 1} {
		if index >= tree.N {
			continue
		}
		leaf, record, err := client.Entry(ctx, tree, index)
		check(err)
		check(tlog.CheckRecord(record, tree.N, tree.Hash, index, tlog.RecordHash(leaf)))
		given := ask(ctx, fetcher, fmt.Sprintf("inclusion?index=%d&size=%d", index, tree.N))
		check(tlog.CheckRecord(tlog.RecordProof(all(given.Path)), tree.N, tree.Hash, index, tlog.RecordHash(leaf)))
		if hash(given.LeafHash) != tlog.RecordHash(leaf) || hash(given.RootHash) != tree.Hash {
			check(fmt.Errorf("the proof of %d is about another leaf or tree", index))
		}
	}

	before, err := tlog.TreeHash(old, hashes)
	check(err)
	made, err := tlog.ProveTree(tree.N, old, hashes)
	check(err)
	check(tlog.CheckTree(made, tree.N, tree.Hash, old, before))
	given := ask(ctx, fetcher, fmt.Sprintf("consistency?oldSize=%d&newSize=%d", old, tree.N))
	check(tlog.CheckTree(tlog.TreeProof(all(given.Path)), tree.N, tree.Hash, old, before))
	if hash(given.OldRootHash) != before || hash(given.NewRootHash) != tree.Hash {
		check(fmt.Errorf("the consistency proof is about other trees"))
	}
	fmt.Println(leaves)
}

// verifierOf is what checks a key's signatures: those of a log, or the cosignatures of a witness.
func verifierOf(key string) (note.Verifier, bool) {
	if witness, err := torchwood.NewCosignatureVerifier(key); err == nil {
		return witness, true
	}
	verifier, err := note.NewVerifier(key)
	check(err)
	return verifier, false
}

// signed is the tree in the checkpoint, if each of the verifier keys, of logs and of witnesses, signed it.
func signed(ctx context.Context, fetcher *torchwood.TileFetcher, keys []string) tlog.Tree {
	signed, err := fetcher.ReadEndpoint(ctx, "checkpoint")
	check(err)
	var tree tlog.Tree
	for _, key := range keys {
		verifier, isWitness := verifierOf(key)
		opened, err := note.Open(signed, note.VerifierList(verifier))
		check(err)
		checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
		check(err)
		if !isWitness && checkpoint.Origin != verifier.Name() {
			check(fmt.Errorf("the checkpoint of another log"))
		}
		tree = checkpoint.Tree
	}
	return tree
}

func ask(ctx context.Context, fetcher *torchwood.TileFetcher, path string) (given proof) {
	data, err := fetcher.ReadEndpoint(ctx, path)
	check(err)
	check(json.Unmarshal(data, &given))
	return given
}

func all(path []string) (hashes []tlog.Hash) {
	for _, one := range path {
		hashes = append(hashes, hash(one))
	}
	return hashes
}

func hash(text string) (hash tlog.Hash) {
	data, err := base64.StdEncoding.DecodeString(text)
	check(err)
	if copy(hash[:], data) != tlog.HashSize || len(data) != tlog.HashSize {
		check(fmt.Errorf("a hash of %d bytes", len(data)))
	}
	return hash
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
