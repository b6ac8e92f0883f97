// Copyright 2026 The ZK Companion authors. SPDX-License-Identifier: Apache-2.0
pragma circom 2.1.0;

include "../lib/merkle.circom";
include "../lib/poseidon.circom";

// "I know the secret behind one of the leaves of the tree with this root."
//
// Members are at most 2^depth. A leaf is Poseidon(secret), of one element, a node Poseidon of two: these are different
// permutations, so no node passes for a leaf; and a leaf that is filled with 0 has no secret that anyone could find.
template MerkleMembership(depth) {
    signal input secret;                // private, any field element
    signal input path_elements[depth];  // private: the nodes beside the path, from the leaf's sibling up
    signal input path_indices[depth];   // private: 1 where the path comes from the right child, else 0
    signal input root;                  // public

    component leaf = Poseidon(1);
    leaf.in[0] <== secret;

    component path = MerkleRoot(depth);
    path.leaf <== leaf.out;
    path.elements <== path_elements;
    path.indices <== path_indices;
    root === path.root;
}

component main {public [root]} = MerkleMembership(20);
