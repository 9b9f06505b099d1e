package org.lsradapt.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.internal.Controls;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

public final class GenerationSettings {
    static final String FILE = "generation_config.json";

    private static final Logger LOG = LoggerFactory.getLogger(GenerationSettings.class);
    private static final String END = "eos_token_id";
    private static final String REPETITION = "repetition_penalty";

    /** Fields that change texts but are not read, each with the value that changes nothing; NaN if every value counts. */
    private static final Map<String, Double> UNREAD = Map.ofEntries(
            Map.entry("bad_words_ids", Double.NaN),
            Map.entry("begin_suppress_tokens", Double.NaN),
            Map.entry("do_sample", Double.NaN),
            Map.entry("exponential_decay_length_penalty", Double.NaN),
            Map.entry("forced_bos_token_id", Double.NaN),
            Map.entry("forced_eos_token_id", Double.NaN),
            Map.entry("guidance_scale", 1.0),
            Map.entry("min_length", 0.0),
            Map.entry("min_new_tokens", 0.0),
            Map.entry("no_repeat_ngram_size", 0.0),
            Map.entry("num_beams", 1.0),
            Map.entry("penalty_alpha", 0.0),
            Map.entry("sequence_bias", Double.NaN),
            Map.entry("stop_strings", Double.NaN),
            Map.entry("suppress_tokens", Double.NaN),
            Map.entry("token_healing", Double.NaN),
            Map.entry("watermarking_config", Double.NaN));

    /** Fields, as in {@link #UNREAD}, that transformers reads only with {@code do_sample}. */
    private static final Map<String, Double> UNREAD_OF_SAMPLING = Map.of(
            "epsilon_cutoff", 0.0,
            "eta_cutoff", 0.0,
            "min_p", 0.0,
            "temperature", 1.0,
            "top_h", Double.NaN,
            "top_k", 0.0,
            "top_p", 1.0,
            "typical_p", 1.0);

    private final Set<Integer> endTokens;
    private final double repetitionPenalty;
    private final Optional<ObjectNode> file;
    private final String unread;
    private final AtomicBoolean warned = new AtomicBoolean();

    private GenerationSettings(
            Set<Integer> endTokens, double repetitionPenalty, Optional<ObjectNode> file, String unread) {
        this.endTokens = endTokens;
        this.repetitionPenalty = repetitionPenalty;
        this.file = file;
        this.unread = unread;
    }

    /** Returns the settings of a model whose files name only the tokens that end a text. */
    static GenerationSettings endingAt(Set<Integer> tokens) {
        return new GenerationSettings(Set.copyOf(tokens), 1, Optional.empty(), "");
    }

    /** Reads the settings of a Hugging Face folder; leaves out token ids of {@code vocabulary} and above. */
    static GenerationSettings of(Path folder, ObjectNode config, int vocabulary) throws IOException {
        Path path = folder.resolve(FILE);
        Optional<ObjectNode> file =
                Files.isRegularFile(path) ? Optional.of(JsonFile.readObject(path)) : Optional.empty();
        ObjectNode root = file.orElse(config);
        String location = (file.isPresent() ? path : folder.resolve(HuggingFaceFolder.CONFIG)).toString();
        JsonFields fields = new JsonFields(location, root);
        double penalty = fields.number(REPETITION, 1);
        if (!(penalty > 0) || Double.isInfinite(penalty)) {
            throw fields.failure(REPETITION, "found " + penalty + ", expected a finite number above 0");
        }
        String unread = Stream.of(UNREAD, fields.isOff("do_sample") ? Map.<String, Double>of() : UNREAD_OF_SAMPLING)
                .flatMap(known -> known.entrySet().stream())
                .filter(field -> !fields.isOff(field.getKey())
                        && root.get(field.getKey()).asDouble(Double.NaN) != field.getValue())
                .map(field -> field.getKey() + " " + root.get(field.getKey()))
                .sorted()
                .collect(Collectors.joining(", "));
        return new GenerationSettings(
                ends(fields, vocabulary), penalty, file, unread.isEmpty() ? "" : location + ": " + unread);
    }

    private static Set<Integer> ends(JsonFields fields, int vocabulary) throws IOException {
        Set<Integer> ends = new TreeSet<>();
        if (fields.isArray(END)) {
            ends.addAll(fields.integers(END));
        } else if (!fields.isAbsent(END)) {
            ends.add(fields.integer(END));
        }
        ends.removeIf(id -> id < 0 || id >= vocabulary);
        return Set.copyOf(ends);
    }

    /** The tokens that end a text, as the files name them; empty if they name none. */
    public Set<Integer> endTokens() {
        return endTokens;
    }

    /** The penalty for tokens that the text already has; 1 for none. */
    public double repetitionPenalty() {
        return repetitionPenalty;
    }

    Optional<ObjectNode> file() {
        return file;
    }

    /** The settings that {@link #warnOfUnread} reports, after the file's name; empty for none. */
    String unread() {
        return unread;
    }

    /** Warns, at the first call, of settings in the files that change the texts of other libraries but not of this one. */
    public void warnOfUnread() {
        if (!unread.isEmpty() && warned.compareAndSet(false, true)) {
            LOG.warn(
                    "{}: not read; of this file texts follow {} and {} alone, and sampling is set with each text",
                    Controls.escaped(unread),
                    END,
                    REPETITION);
        }
    }
}
