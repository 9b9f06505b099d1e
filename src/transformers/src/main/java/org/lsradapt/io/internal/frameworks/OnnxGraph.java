package org.lsradapt.io.internal.frameworks;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.io.internal.ArrayBytes;

/**
 * The part of a serialized {@code ModelProto} that {@link OnnxInitializers} exposes. The field numbers are those of
 * {@code onnx.proto3} (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
 *
 * @param tensors initializers by name, in the graph's order; unmodifiable
 * @param nodes in the graph's order; unmodifiable
 * @param outputs the graph's outputs in their order; unmodifiable
 * @param places the places of the graph: usually one, several if its parts are to be concatenated
 */
record OnnxGraph(
        Map<String, Tensor> tensors, List<OnnxInitializers.Node> nodes, List<Output> outputs, List<Place> places) {

    static final int FLOAT = 1;

    /** {@code TensorProto.DataType}, by its numbers. */
    private static final List<String> TYPES = List.of(
            "UNDEFINED",
            "FLOAT",
            "UINT8",
            "INT8",
            "UINT16",
            "INT16",
            "INT32",
            "INT64",
            "STRING",
            "BOOL",
            "FLOAT16",
            "DOUBLE",
            "UINT32",
            "UINT64",
            "COMPLEX64",
            "COMPLEX128",
            "BFLOAT16",
            "FLOAT8E4M3FN",
            "FLOAT8E4M3FNUZ",
            "FLOAT8E5M2",
            "FLOAT8E5M2FNUZ",
            "UINT4",
            "INT4");

    private static final int MODEL_GRAPH = 7;
    static final int GRAPH_NODE = 1;
    static final int GRAPH_INITIALIZER = 5;
    static final int GRAPH_OUTPUT = 12;
    static final int NODE_INPUT = 1;
    static final int NODE_OUTPUT = 2;
    static final int NODE_NAME = 3;
    static final int NODE_OPERATOR = 4;
    static final int NODE_ATTRIBUTE = 5;
    static final int ATTRIBUTE_NAME = 1;
    static final int ATTRIBUTE_INTEGER = 3;
    static final int ATTRIBUTE_TYPE = 20;
    static final int VALUE_NAME = 1;
    static final int VALUE_TYPE = 2;
    static final int TYPE_TENSOR = 1;
    static final int TYPE_ELEMENT = 1;
    static final int TYPE_SHAPE = 2;
    static final int SHAPE_DIMENSION = 1;
    static final int DIMENSION_VALUE = 1;
    static final int DIMENSION_SYMBOL = 2;
    static final int TENSOR_DIMENSIONS = 1;
    static final int TENSOR_TYPE = 2;
    private static final int TENSOR_FLOATS = 4;
    static final int TENSOR_NAME = 8;
    static final int TENSOR_RAW = 9;
    private static final int TENSOR_LOCATION = 14;

    record Span(int offset, int length) {
        int end() {
            return offset + length;
        }
    }

    /** A message in the model: the encoded length before it, and its fields. */
    record Place(Span prefix, Span content) {}

    /** An output of the graph; sizes are {@link #UNKNOWN} if symbolic, and empty if the file has no shape. */
    record Output(String name, List<Long> sizes, Span field) {}

    /** The size of a dimension that is not a number. */
    static final long UNKNOWN = -1;

    /**
     * An initializer.
     *
     * @param dataType the format's number, 1 for FLOAT
     * @param data the places of its little-endian numbers in the model, in order: its {@code raw_data}, or the parts of
     *     its {@code float_data}; empty unless it is FLOAT and inside the model
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Tensor(long[] shape, int dataType, boolean external, List<Span> data) {
        boolean isFloat() {
            return dataType == FLOAT && !external;
        }
    }

    static String typeName(int dataType) {
        return dataType >= 0 && dataType < TYPES.size() ? TYPES.get(dataType) : "of type " + dataType;
    }

    /** Parses a model; refuses one that is truncated or malformed. */
    static OnnxGraph parse(OnnxFile file) throws IOException {
        CodedInputStream in = CodedInputStream.newInstance(file.stream());
        Parser parser = new Parser(file.location(), in);
        try {
            // With this limit, no length inside the model can request more memory than the model is long.
            in.pushLimit(file.length());
            return parser.model();
        } catch (InvalidProtocolBufferException e) {
            throw new IOException(
                    file.location() + ": not a readable ONNX model: truncated or malformed near byte "
                            + in.getTotalBytesRead() + ": " + e.getMessage(),
                    e);
        }
    }

    /** Parses the message; unknown fields are skipped, as Protocol Buffers require. */
    private static final class Parser {
        private final String location;
        private final CodedInputStream in;
        private final Map<String, Tensor> tensors = new LinkedHashMap<>();
        private final List<OnnxInitializers.Node> nodes = new ArrayList<>();
        private final List<Output> outputs = new ArrayList<>();
        private final List<Place> places = new ArrayList<>();

        /** The position of the field that was read last. */
        private int fieldStart;

        Parser(String location, CodedInputStream in) {
            this.location = location;
            this.in = in;
        }

        @FunctionalInterface
        private interface Field {
            /** Reads or {@linkplain #skip skips} the field's value. */
            void read(int number) throws IOException;
        }

        private void skip() throws IOException {
            if (!in.skipField(in.getLastTag())) {
                throw new IOException(location + ": not a readable ONNX model: a group ends near byte "
                        + in.getTotalBytesRead() + " that never began");
            }
        }

        private int nextTag() throws IOException {
            fieldStart = in.getTotalBytesRead();
            return in.readTag();
        }

        private void fields(Field field) throws IOException {
            for (int tag = nextTag(); tag != 0; tag = nextTag()) {
                field.read(WireFormat.getTagFieldNumber(tag));
            }
        }

        private Place message(Field field) throws IOException {
            int start = in.getTotalBytesRead();
            int length = in.readRawVarint32();
            int content = in.getTotalBytesRead();
            int outer = in.pushLimit(length);
            fields(field);
            in.checkLastTagWas(0);
            in.popLimit(outer);
            return new Place(new Span(start, content - start), new Span(content, length));
        }

        OnnxGraph model() throws IOException {
            fields(only(MODEL_GRAPH, () -> places.add(message(this::graphField))));
            if (places.isEmpty()) {
                throw new IOException(location + ": not a readable ONNX model: it has no graph");
            }
            return new OnnxGraph(
                    Collections.unmodifiableMap(tensors),
                    Collections.unmodifiableList(nodes),
                    List.copyOf(outputs),
                    List.copyOf(places));
        }

        private void graphField(int number) throws IOException {
            switch (number) {
                case GRAPH_NODE -> node();
                case GRAPH_INITIALIZER -> tensor();
                case GRAPH_OUTPUT -> output();
                default -> skip();
            }
        }

        private void node() throws IOException {
            String[] names = {"", ""};
            List<String> inputs = new ArrayList<>();
            List<String> outputs = new ArrayList<>();
            Map<String, Long> integers = new LinkedHashMap<>();
            message(number -> {
                switch (number) {
                    case NODE_INPUT -> inputs.add(in.readStringRequireUtf8());
                    case NODE_OUTPUT -> outputs.add(in.readStringRequireUtf8());
                    case NODE_NAME -> names[0] = in.readStringRequireUtf8();
                    case NODE_OPERATOR -> names[1] = in.readStringRequireUtf8();
                    case NODE_ATTRIBUTE -> attribute(integers);
                    default -> skip();
                }
            });
            nodes.add(new OnnxInitializers.Node(
                    names[0], names[1], List.copyOf(inputs), List.copyOf(outputs), Map.copyOf(integers)));
        }

        private void attribute(Map<String, Long> integers) throws IOException {
            String[] name = {""};
            Long[] value = {null};
            message(number -> {
                switch (number) {
                    case ATTRIBUTE_NAME -> name[0] = in.readStringRequireUtf8();
                    case ATTRIBUTE_INTEGER -> value[0] = in.readInt64();
                    default -> skip();
                }
            });
            if (value[0] != null) {
                integers.put(name[0], value[0]);
            }
        }

        private void output() throws IOException {
            int start = fieldStart;
            String[] name = {""};
            List<Long> sizes = new ArrayList<>();
            message(number -> {
                switch (number) {
                    case VALUE_NAME -> name[0] = in.readStringRequireUtf8();
                    case VALUE_TYPE -> message(only(TYPE_TENSOR, () -> message(only(TYPE_SHAPE, () -> shape(sizes)))));
                    default -> skip();
                }
            });
            outputs.add(new Output(name[0], List.copyOf(sizes), new Span(start, in.getTotalBytesRead() - start)));
        }

        private void shape(List<Long> sizes) throws IOException {
            message(only(SHAPE_DIMENSION, () -> {
                sizes.add(UNKNOWN);
                message(only(DIMENSION_VALUE, () -> sizes.set(sizes.size() - 1, in.readInt64())));
            }));
        }

        @FunctionalInterface
        private interface Value {
            void read() throws IOException;
        }

        /** Returns the reading of a message of which only one field counts. */
        private Field only(int wanted, Value value) {
            return number -> {
                if (number == wanted) {
                    value.read();
                } else {
                    skip();
                }
            };
        }

        private void tensor() throws IOException {
            TensorFields fields = new TensorFields();
            message(number -> {
                if (!fields.read(number, in)) {
                    skip();
                }
            });
            Tensor tensor = fields.checked(location);
            if (tensors.put(fields.name, tensor) != null) {
                throw new IOException(location + ": initializer '" + fields.name + "' appears twice");
            }
        }
    }

    /** The fields of one TensorProto, which may come in any order. */
    private static final class TensorFields {
        private String name = "";
        private final List<Long> shape = new ArrayList<>();
        private int type;
        private boolean external;
        private Span raw;
        private final List<Span> floats = new ArrayList<>();

        boolean read(int number, CodedInputStream in) throws IOException {
            boolean packed = WireFormat.getTagWireType(in.getLastTag()) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
            switch (number) {
                case TENSOR_NAME -> name = in.readStringRequireUtf8();
                case TENSOR_TYPE -> type = in.readInt32();
                case TENSOR_LOCATION -> external = in.readEnum() != 0;
                case TENSOR_DIMENSIONS -> readDimensions(in, packed);
                case TENSOR_FLOATS -> readFloats(in, packed);
                case TENSOR_RAW -> raw = skip(in, in.readRawVarint32());
                default -> {
                    return false;
                }
            }
            return true;
        }

        private void readDimensions(CodedInputStream in, boolean packed) throws IOException {
            if (!packed) {
                shape.add(in.readInt64());
                return;
            }
            int outer = in.pushLimit(in.readRawVarint32());
            while (!in.isAtEnd()) {
                shape.add(in.readInt64());
            }
            in.popLimit(outer);
        }

        private void readFloats(CodedInputStream in, boolean packed) throws IOException {
            int length = packed ? in.readRawVarint32() : Float.BYTES;
            if (length % Float.BYTES != 0) {
                throw new InvalidProtocolBufferException("float_data of " + length + " bytes");
            }
            floats.add(skip(in, length));
        }

        private static Span skip(CodedInputStream in, int length) throws IOException {
            int offset = in.getTotalBytesRead();
            in.skipRawBytes(length);
            return new Span(offset, length);
        }

        Tensor checked(String location) throws IOException {
            long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
            if (type != FLOAT || external) {
                return new Tensor(sizes, type, external, List.of());
            }
            List<Span> data = raw == null ? List.copyOf(floats) : List.of(raw);
            long held = data.stream().mapToLong(Span::length).sum();
            if (!ArrayBytes.areFloats(sizes, held)) {
                throw new IOException(location + ": initializer '" + name + "' of shape " + Arrays.toString(sizes)
                        + " holds " + held + " bytes of FLOAT data");
            }
            return new Tensor(sizes, type, false, data);
        }
    }
}
