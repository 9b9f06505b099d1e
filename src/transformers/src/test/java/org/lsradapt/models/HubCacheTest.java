package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.models.internal.hub.HubCache;

/** A cache as {@code huggingface_hub} writes it: links in snapshots, and the files in {@code blobs}. */
class HubCacheTest {
    private static final String SETTING = "HF_HUB_CACHE";
    private static final String COMMIT = "1110a243fdf4706b3f48f1d95db1a4f5529b4d41";

    @TempDir
    private Path folder;

    private HubCache cache;

    @BeforeEach
    void open() {
        cache = new HubCache(folder.resolve("hub"));
        System.setProperty(SETTING, cache.folder().toString());
    }

    @AfterEach
    void forget() {
        System.clearProperty(SETTING);
    }

    private Path kept(String name) {
        return cache.folder().resolve("models--" + name.replace("/", "--"));
    }

    /** Writes a model, and returns its snapshot. */
    private Path write(String name, String commit, long seed) throws IOException {
        Path blobs = Files.createDirectories(kept(name).resolve("blobs"));
        Path snapshot = Files.createDirectories(kept(name).resolve("snapshots").resolve(commit));
        Path files = TinyModels.writeBert(Files.createTempDirectory(folder, "files"), seed);
        for (String file : List.of("config.json", "vocab.txt", "model.safetensors")) {
            Path blob = Files.move(files.resolve(file), blobs.resolve(seed + file.replace('.', 'a')));
            Files.createSymbolicLink(snapshot.resolve(file), Path.of("../../blobs", blob.getFileName() + ""));
        }
        return snapshot;
    }

    private void refer(String name, String revision, String commit) throws IOException {
        Path reference = kept(name).resolve("refs").resolve(revision);
        Files.createDirectories(reference.getParent());
        Files.writeString(reference, commit);
    }

    private static String refusal(String name) {
        return assertThrows(IllegalArgumentException.class, () -> Models.load(name))
                .getMessage();
    }

    @ParameterizedTest
    @CsvSource({
        "HF_HUB_CACHE, a, a",
        "HF_HOME, b, b/hub",
        "XDG_CACHE_HOME, c, c/huggingface/hub",
        "OTHER, d, HOME/.cache/huggingface/hub"
    })
    void folder_isThatOfTheSettings(String setting, String value, String expected) {
        Path home = Path.of(System.getProperty("user.home"));
        assertEquals(
                Path.of(expected.replace("HOME", home.toString())),
                HubCache.of(name -> Optional.ofNullable(Map.of(setting, value).get(name)))
                        .folder());
    }

    @Test
    void folder_ofSeveralSettings_isThatOfTheMostExact() {
        assertEquals(Path.of("HF_HUB_CACHE"), HubCache.of(Optional::of).folder());
    }

    @Test
    void load_nameInTheCache_readsTheRevision() throws IOException {
        write("tiny/bert", COMMIT, 1);
        write("tiny/bert", "other", 2);
        refer("tiny/bert", "main", COMMIT);
        refer("tiny/bert", "refs/pr/1", "other");
        Models.requireKnown("tiny/bert");
        try (BaseModel main = BaseModel.load("tiny/bert");
                BaseModel same = BaseModel.load("tiny/bert@" + COMMIT);
                BaseModel other = BaseModel.load("tiny/bert@refs/pr/1")) {
            assertEquals("tiny/bert", main.name());
            assertEquals(main.fingerprint(), same.fingerprint());
            assertTrue(!main.fingerprint().equals(other.fingerprint()));
            assertEquals("tiny/bert@refs/pr/1", other.name());
        }
    }

    @Test
    void load_nameWithoutOwner_isFound() throws IOException {
        write("tiny", COMMIT, 1);
        refer("tiny", "main", COMMIT);
        assertEquals(
                kept("tiny").resolve("snapshots").resolve(COMMIT),
                Models.find("tiny").orElseThrow());
    }

    @Test
    void load_folderOfTheSameName_precedes() throws IOException {
        write("target/hub-cache-test", COMMIT, 1);
        refer("target/hub-cache-test", "main", COMMIT);
        Path relative =
                Files.createDirectories(Path.of("target", "hub-cache-test").toAbsolutePath());
        try {
            assertEquals(
                    relative, Models.find("target/hub-cache-test").orElseThrow().toAbsolutePath());
        } finally {
            Files.delete(relative);
        }
    }

    @Test
    void load_withoutReference_namesTheSnapshots() throws IOException {
        write("tiny/bert", COMMIT, 1);
        String there = "model 'tiny/bert': " + kept("tiny/bert") + " does not have the revision main; expected ";
        assertEquals(there + "tiny/bert@" + COMMIT + ", or hf download tiny/bert", refusal("tiny/bert"));
        refer("tiny/bert", "main", "gone");
        assertEquals(there + "tiny/bert@" + COMMIT + ", or hf download tiny/bert", refusal("tiny/bert"));
        refer("tiny/bert", "main", "../../..");
        assertEquals(there + "tiny/bert@" + COMMIT + ", or hf download tiny/bert", refusal("tiny/bert"));
        assertTrue(refusal("tiny/bert@v2").endsWith(", or hf download tiny/bert --revision v2"));
    }

    @Test
    void load_emptyFolder_saysHowToGetTheModel() throws IOException {
        Files.createDirectories(kept("tiny/bert"));
        assertTrue(refusal("tiny/bert").endsWith("the revision main; expected hf download tiny/bert"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "model.safetensors"})
    void load_interruptedDownload_isRefused(String missing) throws IOException {
        Path snapshot = write("tiny/bert", COMMIT, 1);
        refer("tiny/bert", "main", COMMIT);
        Path blob = snapshot.resolve(missing).toRealPath();
        Files.move(blob, blob.resolveSibling(blob.getFileName() + ".incomplete"));
        String refusal = "model 'tiny/bert': " + snapshot + " has no " + missing
                + ", as a download was interrupted; to complete it, run hf download tiny/bert";
        // A link to a file that is not there, and no link.
        assertEquals(refusal, refusal("tiny/bert"));
        Files.delete(snapshot.resolve(missing));
        assertEquals(refusal, refusal("tiny/bert"));
    }

    @Test
    void load_withoutOneOfTheShards_isRefused() throws IOException {
        Path snapshot = write("tiny/bert", COMMIT, 1);
        refer("tiny/bert", "main", COMMIT);
        Files.delete(snapshot.resolve("model.safetensors"));
        Files.writeString(
                snapshot.resolve("model.safetensors.index.json"), "{\"weight_map\": {\"a\": \"one.safetensors\"}}");
        assertTrue(refusal("tiny/bert").contains(" has no one.safetensors; to complete it, run "));
    }

    @Test
    void find_onlyGgufFile_isTheModel() throws IOException {
        Path snapshot =
                Files.createDirectories(kept("tiny/gguf").resolve("snapshots").resolve(COMMIT));
        refer("tiny/gguf", "main", COMMIT);
        Path file = Files.createFile(snapshot.resolve("tiny-q8.gguf"));
        assertEquals(file, Models.find("tiny/gguf").orElseThrow());
        Files.createFile(snapshot.resolve("tiny-q4.gguf"));
        assertTrue(refusal("tiny/gguf").contains("has no config.json"));
    }

    @Test
    void misspeltName_isAnsweredWithOneInTheCache() throws IOException {
        write("tiny/bert-small", COMMIT, 1);
        assertTrue(refusal("tiny/bert-smal").endsWith("; did you mean tiny/bert-small?"));
        assertTrue(refusal("bert-small").endsWith("; did you mean tiny/bert-small?"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b/c", "./a", "../a", "a@", "a b", "a/..", "/a"})
    void otherText_isNoName(String text) {
        assertEquals(Optional.empty(), cache.find(text));
    }

    @Test
    void wholeModelWithoutAHead_isReadFromTheCacheToo() throws IOException {
        write("tiny/bert", COMMIT, 1);
        refer("tiny/bert", "main", COMMIT);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> FineTunedModel.load(Path.of("tiny/bert")))
                .getMessage()
                .startsWith("model tiny/bert has no trained head"));
    }
}
