package org.lsradapt.training;

import java.io.IOException;
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

final class CheckpointFolder {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);
    private static final Pattern NAME = Pattern.compile("step-(\\d{10})\\.safetensors");
    /** The names of earlier versions of the library, which had another format. */
    private static final Pattern OLD_NAME = Pattern.compile("step-\\d{10}\\.checkpoint");

    private static final String DAMAGED = ".damaged";
    private static final int KEPT = 2;

    /** The default interval: one checkpoint a minute, if saving takes less than a hundredth of the time. */
    private static final long INTERVAL = 60_000_000_000L;

    private static final long LEAST_TIMES = 100;

    private record Content(Map<String, String> facts, String environment, TrainingRun.State run) {}

    private final CheckpointStore store;
    private final int every;
    private final Map<String, String> facts;
    private final String environment;
    private long saved = System.nanoTime();

    private long duration;

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

    /** Saves a state, and removes all files except the last two. If that fails, earlier files remain unchanged. */
    void save(TrainingRun run) throws IOException {
        long start = System.nanoTime();
        String name = String.format(Locale.ROOT, "step-%010d.safetensors", run.step());
        CheckpointFile.write(store, name, new Content(facts, environment, run.state()), run.arrays());
        List<String> files = files();
        for (String old : files.subList(Math.min(KEPT, files.size()), files.size())) {
            store.delete(old);
        }
        saved = System.nanoTime();
        duration = saved - start;
    }

    /** Restores the last undamaged state; false if there is no file yet. Refuses one of another training. */
    boolean restore(TrainingRun run) throws IOException {
        List<String> damaged = new ArrayList<>();
        CheckpointFile.DamagedException last = null;
        for (String name : files()) {
            try (CheckpointFile file = CheckpointFile.open(store, name)) {
                Content content = file.state(Content.class);
                requireFacts(file.location(), content.facts);
                compareEnvironment(file.location(), content.environment);
                run.resume(content.run, file);
                file.require(run.step() == step(name), "has step %d, expected that of its name", run.step());
                for (String newer : damaged) {
                    store.delete(newer + DAMAGED);
                    store.rename(newer, newer + DAMAGED);
                }
                return true;
            } catch (CheckpointFile.DamagedException e) {
                LOG.warn("{}; going back to the one before", e.getMessage());
                damaged.add(name);
                last = e;
            }
        }
        if (last != null) {
            throw last;
        }
        return false;
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
        List<String> names = new ArrayList<>(store.names());
        for (String name : names) {
            if (OLD_NAME.matcher(name).matches()) {
                throw new IOException(store.location(name)
                        + ": a checkpoint of an earlier version of the library, whose format this one does not read;"
                        + " start the training again in another folder");
            }
        }
        names.removeIf(name -> step(name) < 0);
        names.sort(Comparator.comparingLong(CheckpointFolder::step).reversed());
        return names;
    }

    private static long step(String file) {
        Matcher name = NAME.matcher(file);
        return name.matches() ? Long.parseLong(name.group(1)) : -1;
    }
}
