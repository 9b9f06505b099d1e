package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lsradapt.io.internal.JsonFile;

/**
 * Many files as one of JSON, by path: a text as the array of its lines, other bytes as {@code base64}, and a file that is
 * {@code like} one before it as the edits that make it so, each an offset in that one, how many of its bytes go, and what comes.
 */
final class KitContainer {
    /** The length of a piece in characters, small so that a changed number changes few lines. */
    private static final int LINE = 96;

    /** How many bytes must agree again behind a difference. */
    private static final int SAME = 16;

    private static final int NEAR = 8;
    private static final int MOST_BASES = 12;

    @SuppressWarnings("ArrayRecordComponent")
    private record Edit(int offset, int length, byte[] more) {}

    private KitContainer() {}

    /** Writes files by their paths, in the order of the map. */
    static void write(Path file, Map<String, byte[]> files) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text(files));
    }

    private static String text(Map<String, byte[]> files) {
        List<String> entries = new ArrayList<>();
        Map<String, Map<String, byte[]>> bases = new LinkedHashMap<>();
        files.forEach((path, content) -> {
            String whole = whole(content);
            Map<String, byte[]> fellows =
                    bases.computeIfAbsent(path.substring(path.lastIndexOf('/') + 1), name -> new LinkedHashMap<>());
            String best = fellows.entrySet().stream()
                    .map(base -> like(base.getKey(), edits(base.getValue(), content)))
                    .min((a, b) -> a.length() - b.length())
                    .filter(like -> like.length() < whole.length() / 2)
                    .orElse(whole);
            if (best.equals(whole) && fellows.size() < MOST_BASES) {
                fellows.put(path, content);
            }
            entries.add(quoted(path) + ": " + best);
        });
        return "{\n" + String.join(",\n", entries) + "\n}\n";
    }

    private static String whole(byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8);
        boolean isText = isText(content);
        String[] pieces =
                isText ? text.split("\n", -1) : lines(Base64.getEncoder().encodeToString(content));
        String listed = Arrays.stream(pieces).map(KitContainer::quoted).collect(Collectors.joining(",\n"));
        return isText ? "[\n" + listed + "\n]" : "{\"base64\": [\n" + listed + "\n]}";
    }

    private static String[] lines(String text) {
        return text.isEmpty() ? new String[0] : text.split("(?<=\\G.{" + LINE + "})");
    }

    /** UTF-8 whose characters all are seen, but for line feeds. */
    private static boolean isText(byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8);
        return Arrays.equals(text.getBytes(StandardCharsets.UTF_8), content)
                && text.chars().allMatch(c -> c == '\n' || (c >= ' ' && c != 0x7f && c != 0xfeff && c != 0xfffd));
    }

    private static String like(String base, List<Edit> edits) {
        String listed = edits.stream()
                .map(edit -> "[" + edit.offset + ", " + edit.length + ", " + replacement(edit.more) + "]")
                .collect(Collectors.joining(", "));
        return "{\"like\": " + quoted(base) + ", \"edits\": [" + listed + "]}";
    }

    private static String replacement(byte[] more) {
        return isText(more)
                ? quoted(new String(more, StandardCharsets.UTF_8))
                : "{\"base64\": " + quoted(Base64.getEncoder().encodeToString(more)) + "}";
    }

    private static String quoted(String text) {
        return TextNode.valueOf(text).toString();
    }

    /** The edits that turn one file into another, in the order of the first. */
    private static List<Edit> edits(byte[] base, byte[] content) {
        String from = new String(base, StandardCharsets.ISO_8859_1);
        String to = new String(content, StandardCharsets.ISO_8859_1);
        List<Edit> edits = new ArrayList<>();
        int b = 0;
        int t = 0;
        while (t < to.length()) {
            if (b < from.length() && from.charAt(b) == to.charAt(t)) {
                b++;
                t++;
                continue;
            }
            int end = t;
            int found = -1;
            while (found < 0 && end + SAME <= to.length()) {
                found = from.indexOf(to.substring(end, end + SAME), b);
                end += found < 0 ? 1 : 0;
            }
            end = found < 0 ? to.length() : end;
            found = found < 0 ? from.length() : found;
            add(edits, base, new Edit(b, found - b, Arrays.copyOfRange(content, t, end)));
            b = found;
            t = end;
        }
        if (b < from.length()) {
            add(edits, base, new Edit(b, from.length() - b, new byte[0]));
        }
        return edits;
    }

    /** One that is near to the edit before it becomes part of it. */
    private static void add(List<Edit> edits, byte[] base, Edit edit) {
        Edit last = edits.isEmpty() ? null : edits.get(edits.size() - 1);
        if (last == null || edit.offset - last.offset - last.length > NEAR) {
            edits.add(edit);
            return;
        }
        ByteArrayOutputStream more = new ByteArrayOutputStream();
        more.writeBytes(last.more);
        more.write(base, last.offset + last.length, edit.offset - last.offset - last.length);
        more.writeBytes(edit.more);
        edits.set(edits.size() - 1, new Edit(last.offset, edit.offset + edit.length - last.offset, more.toByteArray()));
    }

    /** Writes all files of a container below a folder. */
    static void unpack(Path file, Path folder) throws IOException {
        ObjectNode container = JsonFile.readObject(file);
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : container.properties()) {
            byte[] content = content(entry.getValue(), files);
            files.put(entry.getKey(), content);
            Path path = folder.resolve(entry.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, content);
        }
    }

    private static byte[] content(JsonNode entry, Map<String, byte[]> files) {
        if (entry.isArray()) {
            return joined(entry, "\n").getBytes(StandardCharsets.UTF_8);
        }
        if (entry.has("base64")) {
            return Base64.getDecoder().decode(joined(entry.get("base64"), ""));
        }
        byte[] base = files.get(entry.get("like").textValue());
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        int at = 0;
        for (JsonNode edit : entry.get("edits")) {
            int offset = edit.get(0).intValue();
            content.write(base, at, offset - at);
            content.writeBytes(
                    edit.get(2).isTextual()
                            ? edit.get(2).textValue().getBytes(StandardCharsets.UTF_8)
                            : Base64.getDecoder()
                                    .decode(edit.get(2).get("base64").textValue()));
            at = offset + edit.get(1).intValue();
        }
        content.write(base, at, base.length - at);
        return content.toByteArray();
    }

    private static String joined(JsonNode pieces, String separator) {
        List<String> texts = new ArrayList<>();
        pieces.forEach(piece -> texts.add(piece.textValue()));
        return String.join(separator, texts);
    }
}
