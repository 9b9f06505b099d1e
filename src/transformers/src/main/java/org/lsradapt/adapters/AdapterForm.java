package org.lsradapt.adapters;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.internal.Require;

/**
 * Everything in an adapter's folder except its numbers: base model, task, settings of the layers, names and shapes of the tensors.
 * Adapters that were trained alike have equal forms and can share one. A form can also have the numbers of some parameters, which are
 * then the same in all its adapters. Immutable.
 */
public final class AdapterForm {
    private static final int LENGTH_BYTES = 8;

    private final byte[] bytes;
    private final AdapterConfigFile file;
    private final AdapterCard card;
    private final byte[] config;
    private final byte[] header;
    private final int numbers;
    private final int headNumbers;
    private final FixedNumbers fixed;
    private final int hash;

    private AdapterForm(String location, byte[] config, byte[] header, int numberBytes, FixedNumbers fixed)
            throws IOException {
        this.config = config;
        this.header = header;
        this.fixed = fixed;
        bytes = ByteBuffer.allocate(3 * Integer.BYTES + config.length + header.length + fixed.length())
                .putInt(config.length)
                .putInt(header.length)
                .putInt(numberBytes)
                .put(config)
                .put(header)
                .put(fixed.bytes())
                .array();
        hash = Arrays.hashCode(bytes);
        file = AdapterConfigFile.of(configOf(location), config);
        card = file.card()
                .orElseThrow(() -> new IOException(
                        location + ": has adapters alone, without base model and task; expected an adapter with both"));
        SafeTensors tensors = SafeTensors.of(location, withHeader(new byte[numberBytes], new byte[0]));
        headNumbers = headBytes(tensors, file, numberBytes);
        numbers = numberBytes - headNumbers - fixed.count();
        fixed.requireWithin(location, numberBytes - headNumbers);
    }

    /** Reads and checks the output of {@link #bytes}. */
    public static AdapterForm of(String location, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int[] lengths = new int[3];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = buffer.remaining() < Integer.BYTES ? -1 : buffer.getInt();
        }
        if (Arrays.stream(lengths).anyMatch(length -> length < 0)
                || (long) lengths[0] + lengths[1] > buffer.remaining()) {
            throw new IOException(location + ": damaged, " + bytes.length + " bytes with parts of "
                    + Arrays.toString(lengths) + ", expected at least 12 bytes more than the first two together");
        }
        byte[] config = new byte[lengths[0]];
        byte[] header = new byte[lengths[1]];
        buffer.get(config).get(header);
        return new AdapterForm(location, config, header, lengths[2], FixedNumbers.of(location, buffer));
    }

    static AdapterForm of(String location, AdapterConfigFile file, byte[] tensorFile, int headerBytes)
            throws IOException {
        byte[] config =
                file.withTensors(new TensorFile(TensorFile.FIRST, 0, "")).bytes();
        byte[] header = Arrays.copyOfRange(tensorFile, LENGTH_BYTES, headerBytes);
        return new AdapterForm(location, config, header, tensorFile.length - headerBytes, FixedNumbers.NONE);
    }

    /** Returns this form with the numbers of some more parameters, which {@code own} has with those that this form has not. */
    AdapterForm fixing(List<String> parameters, byte[] own) {
        String location = "packed adapter";
        byte[] all = layers(own);
        int total = all.length + headNumbers;
        try (SafeTensors tensors = SafeTensors.of(location, withHeader(new byte[total], new byte[0]))) {
            List<FixedNumbers.Extent> extents = new ArrayList<>(fixed.extents());
            for (String parameter : parameters) {
                String name = AdapterFolder.PREFIX + parameter;
                Require.argument(tensors.has(name), "packed adapter: no parameter '%s' to fix", parameter);
                extents.add(FixedNumbers.Extent.of(tensors.extent(name)));
                if (tensors.has(name + FactorFormat.SCALE)) {
                    extents.add(FixedNumbers.Extent.of(tensors.extent(name + FactorFormat.SCALE)));
                }
            }
            return new AdapterForm(location, config, header, total, FixedNumbers.taken(extents, all));
        } catch (IOException e) {
            throw new IllegalStateException("a form was read before", e);
        }
    }

    /** The number of bytes of a head at the end of the numbers; 0 if a head's tensors precede an adapter's. */
    private static int headBytes(SafeTensors tensors, AdapterConfigFile file, int numberBytes) {
        Set<String> names = file.headParameters().stream()
                .map(name -> AdapterFolder.PREFIX + name)
                .collect(Collectors.toSet());
        long begin = numberBytes;
        long others = 0;
        for (String name : tensors.names()) {
            long[] extent = tensors.extent(name);
            if (names.contains(name)) {
                begin = Math.min(begin, extent[0]);
            } else {
                others = Math.max(others, extent[1]);
            }
        }
        return others <= begin ? (int) (numberBytes - begin) : 0;
    }

    /** The form as bytes, identical for equal forms; a copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The base model and task. */
    public AdapterCard card() {
        return card;
    }

    /** The number of bytes of an adapter's layers, without those that this form has. */
    public int numberBytes() {
        return numbers;
    }

    /** The number of bytes of an adapter's head; 0 without a head. */
    public int headBytes() {
        return headNumbers;
    }

    AdapterConfigFile file() {
        return file;
    }

    static String configOf(String location) {
        return location + ": " + AdapterConfigFile.NAME;
    }

    /** The configuration without the tensor file's length and checksum, which its seal excludes. */
    byte[] config() {
        return config;
    }

    /** The numbers of the layers, from an adapter's own and those that this form has. */
    byte[] layers(byte[] own) {
        return fixed.joined(own);
    }

    /** An adapter's own numbers, from those of the layers. */
    byte[] own(byte[] layers) {
        return fixed.left(layers);
    }

    /** The place among an adapter's own numbers of a byte of the layers; -1 if this form has it. */
    int ownPlace(int place) {
        return fixed.ownPlace(place);
    }

    /** Whether an adapter has no numbers of its own but the head's. */
    boolean fixesAll() {
        return fixed.count() > 0 && numbers == 0;
    }

    /** The content of a tensor file with an adapter's own numbers. */
    byte[] withNumbers(byte[] own, byte[] head) {
        return withHeader(layers(own), head);
    }

    private byte[] withHeader(byte[] adapter, byte[] head) {
        return ByteBuffer.allocate(LENGTH_BYTES + header.length + adapter.length + head.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(adapter)
                .put(head)
                .array();
    }

    @Override
    public boolean equals(Object other) {
        return this == other || (other instanceof AdapterForm form && Arrays.equals(bytes, form.bytes));
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
