package org.lsradapt.report.internal.suite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.lsradapt.io.internal.JsonFile;

/** Reads a suite's file: models × tasks × methods × seeds, with settings for all. */
public final class SuiteFile {
    private static final List<String> FIELDS = List.of("models", "tasks", "methods", "seeds", "settings", "tune");
    private static final String NAME = "name";

    /**
     * The permitted content of a file.
     *
     * @param forms the options of {@code finetune} that a suite can set, by name without dashes
     * @param model makes the path of a model absolute; leaves the name of a known model unchanged
     * @param directory the base of relative paths
     */
    public record Options(Map<String, Form> forms, UnaryOperator<String> model, Path directory) {

        public Options {
            forms = Map.copyOf(forms);
        }
    }

    /** The form of an option's value. */
    public enum Form {
        /** No value. */
        FLAG,
        /** One value. */
        VALUE,
        /** Several values, so a list of them is not a grid. */
        VALUES,
        /** One file or folder. */
        FILE,
        /** Several files or folders. */
        FILES;

        private boolean isFile() {
            return this == FILE || this == FILES;
        }

        private boolean isSeveral() {
            return this == VALUES || this == FILES;
        }
    }

    /**
     * A cell and its place in the file.
     *
     * @param place such as {@code tasks, entry 2 (rte); methods, entry 1 (lsr)}
     */
    public record Placed(SuiteCell cell, String place) {}

    private static final int MOST_CELLS = 100_000;

    /** The longest cell name in bytes. File systems allow 255 bytes, and some of a cell's files have longer names. */
    private static final int MOST_BYTES = 200;

    private final Path file;
    private final Options options;

    private SuiteFile(Path file, Options options) {
        this.file = file;
        this.options = options;
    }

    /**
     * Reads a file.
     *
     * @param file JSON or YAML, according to the extension of its name
     * @return its cells in the order in which they run: all methods of a model, task and seed, one after the other
     * @throws IOException if the file cannot be read or has content that is not permitted; the message names the file and
     *     the place
     */
    public static List<Placed> read(Path file, Options options) throws IOException {
        return new SuiteFile(file, options).cells(tree(file));
    }

    private static ObjectNode tree(Path file) throws IOException {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".json")) {
            return JsonFile.readObject(file);
        }
        if (name.endsWith(".yaml") || name.endsWith(".yml")) {
            return YamlFile.readObject(file);
        }
        throw new IOException(file + ": expected a file whose name ends with .json, .yaml or .yml");
    }

    private List<Placed> cells(ObjectNode root) throws IOException {
        for (Map.Entry<String, JsonNode> field : root.properties()) {
            require(
                    FIELDS.contains(field.getKey()),
                    "the file",
                    "the field \"" + field.getKey() + "\"",
                    String.join(", ", FIELDS));
        }
        SuiteEntry settings = new SuiteEntry("", "settings", options(root.get("settings"), "settings", Set.of()));
        List<SuiteEntry> models = root.has("models")
                ? entries(root, "models", "model")
                : List.of(new SuiteEntry("minilm", "", Map.of("model", SuiteEntry.fixed("--model", "minilm"))));
        List<SuiteEntry> tasks = entries(root, "tasks", "task");
        List<SuiteEntry> methods = entries(root, "methods", "method");
        List<Long> seeds = seeds(root.get("seeds"));
        Set<String> tuned = tuned(root.get("tune"));
        double count = 0;
        for (SuiteEntry model : models) {
            for (SuiteEntry task : tasks) {
                for (SuiteEntry method : methods) {
                    count += seeds.size() * SuiteEntry.combinations(settings, model, task, method);
                }
            }
        }
        require(
                count <= MOST_CELLS,
                "the grids",
                String.format(Locale.ROOT, "%,.0f cells", count),
                "at most " + MOST_CELLS);
        List<Placed> cells = new ArrayList<>();
        for (SuiteEntry model : models) {
            for (SuiteEntry task : tasks) {
                cells.addAll(SuiteEntry.cells(settings, model, task, methods, tuned, seeds));
            }
        }
        requireDistinct(cells);
        requireHeldOut(cells);
        return cells;
    }

    private Set<String> tuned(JsonNode node) throws IOException {
        Set<String> tuned = new LinkedHashSet<>();
        if (node == null) {
            return tuned;
        }
        for (JsonNode option : node.isArray() ? node : List.of(node)) {
            require(
                    option.isTextual() && options.forms().containsKey(option.textValue()),
                    "tune",
                    kind(option),
                    "options of finetune without their dashes");
            tuned.add(option.textValue());
        }
        return tuned;
    }

    /** Checks that tuned settings are chosen on held-out training examples, and that all cells hold out examples if one does. */
    private void requireHeldOut(List<Placed> cells) throws IOException {
        boolean anywhere = cells.stream().anyMatch(SuiteFile::holdsOut);
        for (Placed placed : cells) {
            SuiteCell cell = placed.cell();
            require(
                    cell.tuned().equals(cell.method()) || holdsOut(placed),
                    placed.place(),
                    "settings to tune without the option hold-out",
                    "hold-out, whose examples choose the settings");
            require(
                    !anywhere || holdsOut(placed),
                    placed.place(),
                    "no option hold-out",
                    "hold-out, because another cell has it and scores with and without are not comparable");
        }
    }

    /** Whether training examples are held out. A fraction of 0 holds out none; a value that is not a number is refused later. */
    private static boolean holdsOut(Placed placed) {
        List<String> arguments = placed.cell().arguments();
        int option = arguments.indexOf("--hold-out");
        try {
            return option >= 0 && Double.parseDouble(arguments.get(option + 1)) != 0;
        } catch (NumberFormatException e) {
            return true;
        }
    }

    private void requireDistinct(List<Placed> cells) throws IOException {
        Map<String, Placed> byName = new HashMap<>();
        for (Placed placed : cells) {
            String name = placed.cell().name();
            // Some file systems ignore the case of letters.
            Placed other = byName.put(name.toLowerCase(Locale.ROOT), placed);
            if (other != null) {
                throw new IOException(file + ": the cells of " + other.place() + " and " + placed.place()
                        + " have the same name, " + name + "; expected different names: set the name of an entry");
            }
            int length = name.getBytes(StandardCharsets.UTF_8).length;
            require(
                    length <= MOST_BYTES,
                    placed.place(),
                    "a cell's name of " + length + " bytes in UTF-8, " + name,
                    "at most " + MOST_BYTES + ": give an entry a shorter name");
            path(name, placed.place());
        }
    }

    private List<SuiteEntry> entries(ObjectNode root, String field, String key) throws IOException {
        JsonNode list = root.get(field);
        require(list != null && list.isArray(), field, list == null ? "nothing" : kind(list), "a list");
        require(!list.isEmpty(), field, "an empty list", "at least one " + key);
        List<SuiteEntry> entries = new ArrayList<>();
        for (JsonNode node : list) {
            entries.add(entry(node, field + ", entry " + (entries.size() + 1), key));
        }
        return entries;
    }

    private SuiteEntry entry(JsonNode node, String place, String key) throws IOException {
        boolean isObject = node.isObject();
        JsonNode keyNode = isObject ? node.get(key) : node;
        require(
                keyNode != null && keyNode.isTextual() && !keyNode.textValue().isBlank(),
                place,
                keyNode == null ? "no field " + key : kind(keyNode),
                "a name, or an object with the field " + key);
        String value = keyNode.textValue();
        String what = key.equals("method") ? "--methods" : "--" + key;
        require(!value.contains(",") || !key.equals("method"), place, "\"" + value + "\"", "one method");
        if (key.equals("model")) {
            path(value, place);
        }
        String label = value;
        if (isObject && node.has(NAME)) {
            require(node.get(NAME).isTextual(), place + ", name", kind(node.get(NAME)), "a text");
            label = node.get(NAME).textValue();
        } else if (key.equals("model")) {
            Path last = Path.of(value).toAbsolutePath().normalize().getFileName();
            label = last == null ? value : last.toString();
        }
        require(label.matches("(?U).*\\p{Alnum}.*"), place, "the name \"" + label + "\"", "one with letters or digits");
        String named = place + " (" + label + ")";
        Map<String, SuiteEntry.Choices> choices = options(isObject ? node : null, named, Set.of(NAME, key));
        choices.put(
                key,
                SuiteEntry.fixed(what, key.equals("model") ? options.model().apply(value) : value));
        return new SuiteEntry(label, named, choices);
    }

    private Map<String, SuiteEntry.Choices> options(JsonNode node, String place, Set<String> others)
            throws IOException {
        Map<String, SuiteEntry.Choices> choices = new HashMap<>();
        if (node == null) {
            return choices;
        }
        require(node.isObject(), place, kind(node), "an object");
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            String option = field.getKey();
            if (others.contains(option)) {
                continue;
            }
            Form form = options.forms().get(option);
            require(
                    form != null,
                    place,
                    "the field \"" + option + "\"",
                    (others.isEmpty()
                                    ? ""
                                    : String.join(", ", others.stream().sorted().toList()) + " or ")
                            + "an option of finetune without its dashes, other than model, task, methods, seed, out, resume and quiet");
            choices.put(option, choices(option, form, field.getValue(), place + ", " + option));
        }
        return choices;
    }

    private SuiteEntry.Choices choices(String option, Form form, JsonNode value, String place) throws IOException {
        require(!value.isArray() || !value.isEmpty(), place, "an empty list", "at least one value");
        if (!value.isArray() || form.isSeveral()) {
            return new SuiteEntry.Choices(false, List.of(choice(option, form, value, place)));
        }
        Set<SuiteEntry.Choice> grid = new LinkedHashSet<>();
        for (JsonNode one : value) {
            SuiteEntry.Choice choice = choice(option, form, one, place);
            require(grid.add(choice), place, choice.text() + " twice", "each value once");
        }
        return new SuiteEntry.Choices(true, List.copyOf(grid));
    }

    private SuiteEntry.Choice choice(String option, Form form, JsonNode value, String place) throws IOException {
        if (form == Form.FLAG) {
            require(value.isBoolean(), place, kind(value), "true or false");
            return new SuiteEntry.Choice(value.asText(), value.booleanValue() ? List.of("--" + option) : List.of());
        }
        List<String> arguments = new ArrayList<>();
        for (JsonNode one : value.isArray() && form.isSeveral() ? value : List.of(value)) {
            require(one.isTextual() || one.isNumber(), place, kind(one), "a text or a number");
            require(
                    !one.isNumber() || Double.isFinite(one.doubleValue()),
                    place,
                    "a number outside the range of a double",
                    "one within it");
            arguments.add("--" + option);
            String text =
                    one.isNumber() ? one.decimalValue().stripTrailingZeros().toPlainString() : one.textValue();
            if (form.isFile()) {
                Path path = options.directory().resolve(path(text, place));
                require(Files.exists(path), place, text + ", which does not exist", "a file or folder");
                text = path.toString();
            }
            arguments.add(text);
        }
        return new SuiteEntry.Choice(value.isNumber() ? arguments.get(1) : value.asText(), arguments);
    }

    private List<Long> seeds(JsonNode node) throws IOException {
        if (node == null) {
            return List.of(1L);
        }
        Set<Long> seeds = new LinkedHashSet<>();
        for (JsonNode seed : node.isArray() ? node : List.of(node)) {
            require(seed.isIntegralNumber() && seed.canConvertToLong(), "seeds", kind(seed), "whole numbers");
            require(seeds.add(seed.longValue()), "seeds", seed + " twice", "each seed once");
        }
        require(!seeds.isEmpty(), "seeds", "an empty list", "at least one seed");
        return List.copyOf(seeds);
    }

    private static String kind(JsonNode node) {
        return node.isContainerNode() || node.isNull()
                ? node.getNodeType().toString().toLowerCase(Locale.ROOT)
                : node.toString();
    }

    private Path path(String text, String place) throws IOException {
        return FileNames.path(text, complaint -> new IOException(file + ": " + place + ": " + complaint));
    }

    private void require(boolean condition, String place, String found, String expected) throws IOException {
        if (!condition) {
            throw new IOException(file + ": " + place + ": found " + found + ", expected " + expected);
        }
    }
}
