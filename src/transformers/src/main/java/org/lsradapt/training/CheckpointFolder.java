package org.lsradapt.training;

import java.io.EOFException;
import java.io.IOException;
import java.io.UTFDataFormatException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The checkpoint files of one training. */
final class CheckpointFolder {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);
    private static final Pattern NAME = Pattern.compile("step-(\\d{10})\\.checkpoint");
    private static final String DAMAGED = ".damaged";
    private static final int KEPT = 2;

    /** The default interval: one checkpoint a minute, if saving takes less than a hundredth of the time. */
    private static final long INTERVAL = 60_000_000_000L;

    private static final long LEAST_TIMES = 100;

    interface State {
        /** Writes the state, or reads it. */
        void keep(StateStream stream) throws IOException;

        int step();
    }

    private final CheckpointStore store;
    private final int every;
    private final Map<String, String> facts;
    private final String environment;
    /** In {@link System#nanoTime} time. */
    private long saved = System.nanoTime();

    private long duration;

    /**
     * @param settings the place and the interval
     * @param training the facts of the training, in addition to those of the settings
     * @param environment the facts that determine how sums are rounded
     */
    CheckpointFolder(Checkpoints settings, Map<String, String> training, String environment) {
        store = settings.store();
        every = settings.every();
        facts = new LinkedHashMap<>(training);
        facts.putAll(settings.facts());
        this.environment = environment;
    }

    boolean isDue(int step, boolean epochEnds) {
        if (every > 0) {
            return epochEnds || step % every == 0;
        }
        long waited = System.nanoTime() - saved;
        return waited >= LEAST_TIMES * duration && (epochEnds || waited >= INTERVAL);
    }

    /**
     * Saves a state, and removes all files except the last two.
     *
     * @throws IOException if the state cannot be written; earlier files remain unchanged
     */
    void save(int step, State state) throws IOException {
        long start = System.nanoTime();
        store.write(String.format(Locale.ROOT, "step-%010d.checkpoint", step), stream -> {
            StateWriter out = new StateWriter(stream);
            texts(out, facts);
            out.text(environment);
            state.keep(out);
            out.finish();
        });
        List<String> files = files();
        for (String old : files.subList(Math.min(KEPT, files.size()), files.size())) {
            store.delete(old);
        }
        saved = System.nanoTime();
        duration = saved - start;
    }

    /**
     * Restores the last undamaged state.
     *
     * @return false if there is no file yet
     * @throws IOException if a file belongs to another training, or all files are damaged
     */
    boolean restore(State state) throws IOException {
        List<String> damaged = new ArrayList<>();
        StateReader.DamagedException last = null;
        for (String file : files()) {
            String location = store.location(file);
            try (StateReader in = StateReader.open(store, file)) {
                requireFacts(location, texts(in, Map.of()));
                compareEnvironment(location, in.text(""));
                state.keep(in);
                in.requireEnd();
                in.require(state.step() == step(file), "has step %d, expected that of its name", state.step());
                for (String newer : damaged) {
                    store.delete(newer + DAMAGED);
                    store.rename(newer, newer + DAMAGED);
                }
                return true;
            } catch (EOFException | UTFDataFormatException e) {
                throw new IOException(
                        location + ": its checksum is right, but it ends where this training's state goes on, or has a"
                                + " text that is not UTF-8",
                        e);
            } catch (StateReader.DamagedException e) {
                LOG.warn("{}; going back to the one before", e.getMessage());
                damaged.add(file);
                last = e;
            }
        }
        if (last != null) {
            throw last;
        }
        return false;
    }

    private static Map<String, String> texts(StateStream state, Map<String, String> values) throws IOException {
        Map<String, String> passed = new LinkedHashMap<>();
        state.list(List.copyOf(values.entrySet()), Map.entry("", ""), entry -> {
            String name = state.text(entry.getKey());
            passed.put(name, state.text(entry.getValue()));
            return entry;
        });
        return passed;
    }

    private void requireFacts(String file, Map<String, String> found) throws IOException {
        if (!found.keySet().equals(facts.keySet())) {
            throw new IOException(file + ": is of a training with " + found.keySet() + ", this one has "
                    + facts.keySet() + "; expected the same, or another folder");
        }
        for (Map.Entry<String, String> fact : facts.entrySet()) {
            String value = found.get(fact.getKey());
            if (!fact.getValue().equals(value)) {
                throw new IOException(file + ": is of a training whose " + fact.getKey() + " is " + value
                        + ", this one's is " + fact.getValue() + "; expected the same, or another folder");
            }
        }
    }

    private void compareEnvironment(String file, String found) {
        if (!environment.equals(found)) {
            LOG.warn(
                    "{}: was made by {}, this is {}: sums may be rounded in another order from here on",
                    file,
                    found.replaceAll("\\p{Cntrl}", "?"),
                    environment);
        }
    }

    boolean isEmpty() throws IOException {
        return files().isEmpty();
    }

    /** Newest first. */
    private List<String> files() throws IOException {
        return store.names().stream()
                .filter(file -> step(file) >= 0)
                .sorted(Comparator.comparingLong(CheckpointFolder::step).reversed())
                .toList();
    }

    private static long step(String file) {
        Matcher name = NAME.matcher(file);
        return name.matches() ? Long.parseLong(name.group(1)) : -1;
    }
}
