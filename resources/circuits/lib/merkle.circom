// Copyright 2026 The ZK Companion authors. SPDX-License-Identifier: Apache-2.0
pragma circom 2.1.0;

include "poseidon.circom";

// The root of a Merkle tree with 2^depth leaves, from a leaf and what stands beside its path, lowest level first.
// A node is Poseidon(left child, right child). indices[i] is 1 where the path comes from the right child, else 0:
// together they are the leaf's position, lowest bit first. They are constrained to bits: with another index a
// stranger's leaf and an element made for it could give the two children of a true node.
template MerkleRoot(depth) {
    signal input leaf;
    signal input elements[depth];
    signal input indices[depth];
    signal output root;

    component node[depth];
    for (var i = 0; i < depth; i++) {
        indices[i] * (indices[i] - 1) === 0;

        var below = i == 0 ? leaf : node[i - 1].out;
        node[i] = Poseidon(2);
        node[i].in[0] <== below + indices[i] * (elements[i] - below);
        node[i].in[1] <== elements[i] + indices[i] * (below - elements[i]);
    }
    root <== node[depth - 1].out;
}
