package org.lsradapt.io.internal.frameworks;

import com.google.protobuf.CodedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.BoundedFile;
import org.lsradapt.io.internal.FailureText;
import org.lsradapt.io.internal.StoredType;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The initializers (weights) of an ONNX model and the nodes that use them. This is enough to find a layer's weight, not
 * to run the model. Tensors of type FLOAT, stored as {@code raw_data} or {@code float_data}, can be read, and replaced
 * in a copy of the model; others are only listed.
 */
public final class OnnxInitializers implements TensorSource {

    /**
     * A node of the graph, as in {@code onnx.proto}.
     *
     * @param name may be empty
     * @param operator {@code op_type}, such as MatMul
     * @param inputs names of values, initializers among them; unmodifiable
     * @param integers the attributes that hold one integer, such as transB; unmodifiable
     */
    public record Node(
            String name, String operator, List<String> inputs, List<String> outputs, Map<String, Long> integers) {}

    /** Names that exporters give to the last hidden states. */
    private static final Set<String> HIDDEN_STATES = Set.of("last_hidden_state", "token_embeddings");

    private final String location;
    private final OnnxGraph graph;
    private final Memory memory;
    private volatile ByteBuffer model;

    private OnnxInitializers(String location, ByteBuffer model, OnnxGraph graph, Memory memory) {
        this.location = location;
        this.model = model;
        this.graph = graph;
        this.memory = memory;
    }

    /**
     * The memory behind models that share it, freed when the last of them is closed.
     *
     * @param array empty if a garbage collection frees the memory
     * @param users the number of open models
     */
    private record Memory(Optional<INDArray> array, AtomicInteger users) {
        Memory(Optional<INDArray> array) {
            this(array, new AtomicInteger(1));
        }

        void release() {
            if (users.decrementAndGet() == 0) {
                array.ifPresent(INDArray::close);
            }
        }
    }

    /** Opens a model file by mapping it; refuses one that is not a readable ONNX model. */
    public static OnnxInitializers open(Path file) throws IOException {
        BoundedFile.requireFile(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new IOException(file + ": " + channel.size() + " bytes long, an ONNX model ends at 2 GiB");
            }
            return of(file.toString(), channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
        } catch (ClosedByInterruptException e) {
            throw new IOException(file + ": cannot be read: " + FailureText.of(e), e);
        }
    }

    /**
     * Reads a model of known length from a stream into native memory, which is held until {@link #close()}.
     *
     * @param in positioned at the model's first byte; not closed
     * @throws IOException if the stream is shorter or longer, or does not hold a readable ONNX model
     */
    public static OnnxInitializers read(String location, int length, InputStream in) throws IOException {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            INDArray array = opened.add(ArrayBytes.allocate(length));
            ByteBuffer model = Blas.bytes(array, 0, length);
            fill(model, location, in);
            return opened.release(of(location, model.flip(), new Memory(Optional.of(array))));
        }
    }

    private static void fill(ByteBuffer model, String location, InputStream in) throws IOException {
        ReadableByteChannel channel = Channels.newChannel(in);
        try {
            while (model.hasRemaining()) {
                if (channel.read(model) < 0) {
                    throw new EOFException(
                            location + ": ended after " + model.position() + " of " + model.limit() + " bytes");
                }
            }
        } catch (ClosedByInterruptException e) {
            throw new IOException(location + ": cannot be read: " + FailureText.of(e), e);
        }
        if (in.read() >= 0) {
            throw new IOException(location + ": is longer than " + model.limit() + " bytes");
        }
    }

    /**
     * Wraps a model in memory.
     *
     * @param model direct, the model between position and limit; kept, not copied
     * @throws IllegalArgumentException if the buffer is not direct
     * @throws IOException if it does not hold a readable ONNX model
     */
    public static OnnxInitializers of(String location, ByteBuffer model) throws IOException {
        if (!model.isDirect()) {
            throw new IllegalArgumentException(location + ": expected a direct buffer");
        }
        return of(location, model, new Memory(Optional.empty()));
    }

    private static OnnxInitializers of(String location, ByteBuffer model, Memory memory) throws IOException {
        ByteBuffer bytes = model.slice().order(ByteOrder.LITTLE_ENDIAN);
        return new OnnxInitializers(location, bytes, OnnxGraph.parse(location, bytes), memory);
    }

    /** The nodes of the graph, in order; unmodifiable. */
    public List<Node> nodes() {
        return graph.nodes();
    }

    @Override
    public String location() {
        return location;
    }

    @Override
    public Set<String> names() {
        return graph.tensors().keySet();
    }

    @Override
    public long[] shape(String name) {
        return tensor(name).shape().clone();
    }

    @Override
    public DataType dataType(String name) {
        return tensor(name).isFloat() ? DataType.FLOAT : DataType.UNKNOWN;
    }

    @Override
    public INDArray read(String name) throws IOException {
        OnnxGraph.Tensor tensor = tensor(name);
        ByteBuffer bytes = model;
        if (bytes == null) {
            throw new IllegalStateException(location + ": read of initializer '" + name + "' after close");
        }
        if (!tensor.isFloat()) {
            throw new IOException(location + ": initializer '" + name + "' has data_type " + tensor.dataType()
                    + ", only FLOAT (1) inside the file can be read");
        }
        List<OnnxGraph.Span> data = tensor.data();
        ArrayBytes.Region region = data.size() == 1
                ? ArrayBytes.sliced(bytes, data.get(0).offset())
                : ArrayBytes.sliced(gathered(bytes, data), 0);
        return ArrayBytes.read(StoredType.F32, tensor.shape(), region);
    }

    private static ByteBuffer gathered(ByteBuffer model, List<OnnxGraph.Span> data) {
        int length = data.stream().mapToInt(OnnxGraph.Span::length).sum();
        ByteBuffer all = ByteBuffer.allocateDirect(length);
        data.forEach(span -> all.put(model.slice(span.offset(), span.length())));
        return all.flip();
    }

    /**
     * Writes this model to a file, with other numbers in some initializers; everything else is byte for byte the same.
     * One initializer at a time is in memory.
     *
     * @param file the file to create or replace, as a whole (see {@link AtomicFile})
     * @param replaced the new initializers: each has the name and shape of one of this model's, and both are FLOAT
     * @throws IllegalArgumentException if an initializer is not one of this model's or differs in shape or type
     * @throws IllegalStateException if this model is closed
     * @throws IOException if this model has external data, an initializer cannot be read or the file cannot be written;
     *     the message names the file
     */
    public void write(Path file, TensorSource replaced) throws IOException {
        write(file, replaced, List.of());
    }

    /**
     * Like {@link #write(Path, TensorSource)}, with a head after the nodes. Its logits are the only output.
     *
     * @throws IllegalArgumentException also if the head does not read an output of this model
     * @throws IOException also if the graph is in several parts, has a value with a name of the head's, or the file
     *     would be longer than 2 GiB
     */
    public void write(Path file, TensorSource replaced, OnnxHead head) throws IOException {
        if (graph.outputs().stream().noneMatch(output -> output.name().equals(head.hidden()))) {
            throw new IllegalArgumentException(location + ": has no output '" + head.hidden() + "'");
        }
        write(file, replaced, headEdits(head));
    }

    private List<Place> headEdits(OnnxHead head) throws IOException {
        if (graph.places().size() > 1) {
            throw new IOException(location + ": the graph is in "
                    + graph.places().size() + " parts, expected one to append a head to");
        }
        Optional<String> taken = Stream.concat(
                        graph.tensors().keySet().stream(),
                        graph.nodes().stream().flatMap(node -> node.outputs().stream()))
                .filter(name -> name.equals(OnnxHead.OUTPUT) || name.startsWith(OnnxHead.PREFIX))
                .findFirst();
        if (taken.isPresent()) {
            throw new IOException(
                    location + ": has a value '" + taken.get() + "', expected a model without a head of its own");
        }
        OnnxGraph.Place place = graph.places().get(0);
        byte[] fields = head.fields();
        long length = place.content().length() + (long) fields.length;
        List<Place> edits = new ArrayList<>();
        for (OnnxGraph.Output output : graph.outputs()) {
            edits.add(replacement(output.field(), new byte[0]));
            length -= output.field().length();
        }
        if (length + model.limit() - place.content().length() > Integer.MAX_VALUE) {
            throw new IOException(location + ": with the head it would be longer than 2 GiB, where an ONNX model ends");
        }
        edits.add(replacement(place.prefix(), varint((int) length)));
        edits.add(replacement(new OnnxGraph.Span(place.content().end(), 0), fields));
        return edits;
    }

    private static Place replacement(OnnxGraph.Span span, byte[] bytes) {
        return new Place(span.offset(), copy -> copy.replace(span, bytes));
    }

    private static byte[] varint(int number) throws IOException {
        byte[] bytes = new byte[CodedOutputStream.computeUInt32SizeNoTag(number)];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeUInt32NoTag(number);
        out.flush();
        return bytes;
    }

    /** Returns the output with the last hidden states; if not just one qualifies, an exception lists all. */
    public String hiddenStates(int width) throws IOException {
        List<String> named = graph.outputs().stream()
                .map(OnnxGraph.Output::name)
                .filter(HIDDEN_STATES::contains)
                .toList();
        List<String> shaped = graph.outputs().stream()
                .filter(output -> output.sizes().size() == 3
                        && (output.sizes().get(2) == OnnxGraph.UNKNOWN
                                || output.sizes().get(2) == width))
                .map(OnnxGraph.Output::name)
                .toList();
        if (named.size() == 1) {
            return named.get(0);
        }
        if (shaped.size() == 1) {
            return shaped.get(0);
        }
        throw new IOException(location + ": has the outputs "
                + graph.outputs().stream()
                        .map(output -> output.name() + " " + output.sizes())
                        .toList()
                + ", expected one with hidden states, [batch, tokens, " + width + "], such as last_hidden_state");
    }

    private void write(Path file, TensorSource replaced, List<Place> edits) throws IOException {
        ByteBuffer bytes = model;
        if (bytes == null) {
            throw new IllegalStateException(location + ": write to " + file + " after close");
        }
        for (Map.Entry<String, OnnxGraph.Tensor> tensor : graph.tensors().entrySet()) {
            if (tensor.getValue().external()) {
                throw new IOException(location + ": initializer '" + tensor.getKey()
                        + "' has its data in another file, which is not supported");
            }
        }
        replaced.names().forEach(name -> requireSame(name, replaced));
        List<Place> places = new ArrayList<>(edits);
        graph.tensors().forEach((name, tensor) -> {
            if (replaced.has(name) && !tensor.data().isEmpty()) {
                places.add(new Place(tensor.data().get(0).offset(), copy -> {
                    try (INDArray array = replaced.read(name)) {
                        copy.replace(tensor.data(), array);
                    }
                }));
            }
        });
        places.sort(Comparator.comparingInt(Place::offset));
        AtomicFile.write(file, channel -> {
            OnnxCopy copy = new OnnxCopy(bytes, channel);
            for (Place place : places) {
                place.edit().to(copy);
            }
            copy.finish();
        });
    }

    @FunctionalInterface
    private interface Edit {
        void to(OnnxCopy copy) throws IOException;
    }

    /** A change, with the first byte that it changes. */
    private record Place(int offset, Edit edit) {}

    private void requireSame(String name, TensorSource replaced) {
        boolean same = Arrays.equals(shape(name), replaced.shape(name))
                && dataType(name) == DataType.FLOAT
                && replaced.dataType(name) == DataType.FLOAT;
        if (!same) {
            throw new IllegalArgumentException(location + ": initializer '" + name + "' is " + storage(name) + " "
                    + Arrays.toString(shape(name)) + ", its replacement " + replaced.dataType(name) + " "
                    + Arrays.toString(replaced.shape(name)) + "; expected FLOAT of one shape");
        }
    }

    /** Describes the storage of an initializer for messages: the format's name for its type, and whether it is external data. */
    public String storage(String name) {
        OnnxGraph.Tensor tensor = tensor(name);
        return OnnxGraph.typeName(tensor.dataType()) + (tensor.external() ? " in another file" : "");
    }

    /** Returns this model once more, to be closed separately; both share the memory. */
    public synchronized OnnxInitializers share() {
        ByteBuffer bytes = model;
        if (bytes == null) {
            throw new IllegalStateException(location + ": share after close");
        }
        memory.users().incrementAndGet();
        return new OnnxInitializers(location, bytes, graph, memory);
    }

    private OnnxGraph.Tensor tensor(String name) {
        OnnxGraph.Tensor tensor = graph.tensors().get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(location + ": there is no initializer '" + name + "'");
        }
        return tensor;
    }

    @Override
    public synchronized void close() {
        if (model != null) {
            model = null;
            memory.release();
        }
    }
}
