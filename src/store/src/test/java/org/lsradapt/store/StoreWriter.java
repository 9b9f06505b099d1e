package org.lsradapt.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.lsradapt.adapters.PackedAdapter;

/** A process that puts and removes adapters, and prints a line about each after the store has it, until it is killed. */
final class StoreWriter {
    static final int KEYS = 40;
    static final String SEED = "seed";

    private StoreWriter() {}

    /**
     * Numbers of a version, which tell key and round.
     *
     * @param adapter whose form they have
     */
    static PackedAdapter version(PackedAdapter adapter, int key, int round) {
        byte[] numbers = adapter.numbers().clone();
        ByteBuffer.wrap(numbers).order(ByteOrder.LITTLE_ENDIAN).putFloat(key).putFloat(round);
        return new PackedAdapter(adapter.form(), numbers, adapter.headNumbers());
    }

    /** Of a store that has an adapter under {@link #SEED}, and the first round. */
    public static void main(String[] args) throws IOException {
        try (AdapterStore store = AdapterStore.open(Path.of(args[0]))) {
            PackedAdapter adapter = store.get(SEED).orElseThrow();
            for (int round = Integer.parseInt(args[1]); ; round++) {
                int key = round % KEYS;
                if (round % 7 == 0) {
                    store.remove("user-" + key);
                    System.out.println("removed " + key + " " + round);
                } else {
                    store.put("user-" + key, version(adapter, key, round));
                    System.out.println("put " + key + " " + round);
                }
            }
        }
    }
}
