package org.lsradapt.models.internal.tokenizers;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Builds small maps of characters as SentencePiece has them, a block of 256 units for each node of the trie. */
public final class CharsMaps {

    private static final class Node {
        private final Map<Integer, Node> children = new TreeMap<>();
        private int value = -1;
        private int block;
    }

    private CharsMaps() {}

    /** The parts of a map: the units of its trie and its replacements. */
    public static int[] units(Map<String, String> rules) {
        Node root = new Node();
        int start = 0;
        for (Map.Entry<String, String> rule : rules.entrySet()) {
            Node node = root;
            for (byte b : rule.getKey().getBytes(StandardCharsets.UTF_8)) {
                node = node.children.computeIfAbsent(b & 0xff, key -> new Node());
            }
            node.value = start;
            start += rule.getValue().getBytes(StandardCharsets.UTF_8).length + 1;
        }
        List<Node> nodes = new ArrayList<>(List.of(root));
        for (int i = 0; i < nodes.size(); i++) {
            nodes.get(i).block = 256 * (i + 1);
            nodes.addAll(nodes.get(i).children.values());
        }
        int[] units = new int[256 * (nodes.size() + 1)];
        units[0] = root.block << 10;
        for (Node node : nodes) {
            units[node.block] = node.value < 0 ? 0 : node.value | 1 << 31;
            node.children.forEach((b, child) -> {
                int index = node.block ^ b;
                units[index] = (index ^ child.block) << 10 | (child.value < 0 ? 0 : 1 << 8) | b;
            });
        }
        return units;
    }

    public static byte[] replacements(Map<String, String> rules) {
        return (String.join("\0", rules.values()) + "\0").getBytes(StandardCharsets.UTF_8);
    }

    public static String base64(int[] units, byte[] replacements) {
        ByteBuffer bytes =
                ByteBuffer.allocate(4 + 4 * units.length + replacements.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(4 * units.length);
        bytes.asIntBuffer().put(units);
        bytes.position(4 + 4 * units.length).put(replacements);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
