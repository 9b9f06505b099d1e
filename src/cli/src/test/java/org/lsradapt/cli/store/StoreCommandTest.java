package org.lsradapt.cli.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.TinyModels;
import org.lsradapt.store.AdapterStore;

class StoreCommandTest {
    @TempDir
    Path folder;

    @Test
    void store_addListGetRemoveCheck_doWhatTheySay() throws IOException {
        Path adapters = Files.createDirectory(folder.resolve("adapters"));
        try (BaseModel base = BaseModel.load(TinyModels.writeBert(Files.createDirectory(folder.resolve("base")), 1)
                        .toString());
                TinyAdapter tiny = TinyAdapter.lsr()) {
            AdapterCard card = new AdapterCard(base.name(), base.modelType(), base.fingerprint(), tiny.card.task(), 16);
            AdapterFolder.save(adapters.resolve("ada"), card, tiny.adapters, tiny.head);
            AdapterFolder.save(adapters.resolve("ben"), card, tiny.adapters, tiny.head);
            tiny.save(adapters.resolve("foreign"));
        }
        String store = folder.resolve("users.store").toString();
        CommandLineRun add = CommandLineRun.line("store add --store {} --folders {}", store, adapters);
        assertEquals(2, add.code());
        add.says("refused key 'foreign': ", "put 2 adapters, 2 keys");
        assertTrue(add.err().contains("refused 1 of 3 adapters"), add.err());
        CommandLineRun again = CommandLineRun.line("store add --store {} {}", store, "ada=" + adapters.resolve("ada"));
        assertEquals(0, again.code(), again.err());
        CommandLineRun list = CommandLineRun.line("store list --store {}", store);
        assertTrue(list.out().contains("ada  version 2 of ") && list.out().contains("ben  version 1 of "), list.out());
        Path out = folder.resolve("out");
        assertEquals(
                0,
                CommandLineRun.line("store get --store {} ben --out {}", store, out)
                        .code());
        for (String file : new String[] {"adapter_config.json", "adapter_model.safetensors"}) {
            assertArrayEquals(
                    Files.readAllBytes(adapters.resolve("ben").resolve(file)), Files.readAllBytes(out.resolve(file)));
        }
        assertEquals(0, CommandLineRun.line("store check --store {}", store).code());
        assertEquals(0, CommandLineRun.line("store compact --store {}", store).code());
        assertEquals(
                0, CommandLineRun.line("store remove --store {} ben", store).code());
        assertRefused("there is no key 'ben'", "store remove --store {} ben", store);
        assertEquals(2, CommandLineRun.line("store").code());
    }

    @Test
    void store_ofAnotherFile_isRefusedInWords() throws IOException {
        Path csv = Files.writeString(folder.resolve("users.csv"), "user,text,label\n".repeat(1000));
        Path brief = Files.writeString(folder.resolve("short"), "x");
        for (String command : new String[] {"list", "check", "compact"}) {
            for (Path file : new Path[] {csv, brief}) {
                CommandLineRun run = CommandLineRun.line("store {} --store {}", command, file);
                assertEquals(2, run.code());
                String expected = file + ": is not a store of adapters: it does not begin with LSRSTORE";
                assertTrue(run.err().contains(expected), run.err());
                assertFalse(run.err().contains("org."), run.err());
            }
            assertRefused(folder + ": is a folder, expected a store's file", "store {} --store {}", command, folder);
        }
    }

    @Test
    void storeRecover_ofADamagedStore_saysWhatIsMissing() throws IOException {
        Path store = folder.resolve("users.store");
        try (BaseModel base = BaseModel.load(TinyModels.writeBert(Files.createDirectory(folder.resolve("base")), 1)
                        .toString());
                TinyAdapter tiny = TinyAdapter.lsr();
                AdapterStore made = AdapterStore.open(store, base)) {
            AdapterCard card = new AdapterCard(base.name(), base.modelType(), base.fingerprint(), tiny.card.task(), 16);
            AdapterFolder.save(folder.resolve("ada"), card, tiny.adapters, tiny.head);
            PackedAdapter adapter = PackedAdapter.read(folder.resolve("ada"));
            Map<String, PackedAdapter> all = new TreeMap<>();
            for (int i = 0; i < 300; i++) {
                all.put("user-" + i, adapter);
            }
            made.putAll(all);
        }
        byte[] content = Files.readAllBytes(store);
        content[content.length / 2] ^= 1;
        Files.write(store, content);
        CommandLineRun check = CommandLineRun.line("store check --store {}", store);
        assertEquals(2, check.code());
        check.says("file: " + store + ": damaged, in 4,108 bytes from byte ");
        String out = folder.resolve("new.store").toString();
        CommandLineRun recover = CommandLineRun.line("store recover --store {} --out {}", store, out);
        assertEquals(0, recover.code(), recover.err());
        recover.says("@1: ");
        assertEquals(0, CommandLineRun.line("store check --store {}", out).code());
        assertRefused(
                out + ": the file exists; expected a new name; nothing was written",
                "store recover --store {} --out {}",
                store,
                out);
    }
}
