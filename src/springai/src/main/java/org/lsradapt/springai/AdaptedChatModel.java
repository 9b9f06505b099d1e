package org.lsradapt.springai;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;
import org.lsradapt.tasks.generation.GeneratedText;
import org.lsradapt.tasks.generation.TextGenerator;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.model.MessageAggregator;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.chat.observation.ChatModelObservationDocumentation;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A Spring AI chat model that runs an adapted language model in this process, with answers whole or as a stream.
 *
 * <pre>{@code
 * ChatClient client = ChatClient.create(AdaptedChatModel.of(TextGenerator.load(folder)));
 * Flux<String> answer = client.prompt("Where is the heron kept?").stream().content();
 * }</pre>
 *
 * <p>The model's own chat template turns the messages into text. {@link ChatOptions} may set the maximal number of tokens
 * (128 by default), temperature, top-p, top-k and stop sequences; without the middle three the most probable token is always
 * chosen, and top-p or top-k alone mean temperature 1. Options that a prompt does not set have the model's defaults. An
 * {@link IllegalArgumentException} refuses everything else: penalties, tools, output schemas, other models' names, and
 * messages that are more than text. The finish reason is STOP, or LENGTH if the limit of tokens or the model's positions cut
 * the answer.
 *
 * <p>A stream's pieces are whole characters; its last response has no text but the finish reason and the usage. Each
 * subscription computes an answer on a thread of the scheduler, which ends soon after the subscription is cancelled. A slow
 * subscriber does not slow the computation: pieces wait for it in memory.
 *
 * <p>Immutable, and safe for use by many threads; the answers of several are computed together. Owns nothing: the creator of the generator
 * closes it.
 */
public final class AdaptedChatModel implements ChatModel {
    private static final ChatModelObservationConvention CONVENTION = new DefaultChatModelObservationConvention();

    private final TextGenerator generator;
    private final String modelName;
    private final ChatOptions options;
    private final OptionalLong seed;
    private final Scheduler scheduler;
    private final ObservationRegistry registry;
    private final ChatModelObservationConvention convention;

    private AdaptedChatModel(Builder builder) {
        generator = builder.generator;
        modelName = generator.base().name() + (generator.adapters().isPresent() ? "/adapted" : "");
        options = ChatRequest.defaults(builder.options, modelName);
        seed = builder.seed;
        scheduler = builder.scheduler;
        registry = builder.registry;
        convention = builder.convention;
    }

    /** Uses a trained or loaded generator, kept, with the default settings. */
    public static AdaptedChatModel of(TextGenerator generator) {
        return builder(generator).build();
    }

    /** Begins the setup of a model of a generator, kept. */
    public static Builder builder(TextGenerator generator) {
        return new Builder(generator);
    }

    /** Returns the defaults. They have room for tools so that Spring AI's client passes tools on, which are then refused. */
    @Override
    public ChatOptions getOptions() {
        return options;
    }

    /** Returns the base model's name; with an adapter, followed by "/adapted". */
    public String modelName() {
        return modelName;
    }

    /**
     * Answers a prompt.
     *
     * @throws IllegalArgumentException if an option or a message is not supported, the model has no chat template or it
     *     refuses the messages, or they fill the model's positions
     */
    @Override
    public ChatResponse call(Prompt prompt) {
        ChatRequest request = request(prompt);
        ChatModelObservationContext context = context(request, false);
        return observation(context).observe(() -> {
            GeneratedText answer = request.answer(generator, piece -> {});
            ChatResponse response = response(answer.text(), answer);
            context.setResponse(response);
            return response;
        });
    }

    /**
     * Answers a prompt piece by piece; see the class.
     *
     * @throws IllegalArgumentException if an option or a message is not supported; what else {@link #call} throws, the
     *     stream's subscriber receives
     */
    @Override
    public Flux<ChatResponse> stream(Prompt prompt) {
        ChatRequest request = request(prompt);
        return Flux.deferContextual(view -> {
            ChatModelObservationContext context = context(request, true);
            Observation observation = observation(context)
                    .parentObservation(view.getOrDefault(ObservationThreadLocalAccessor.KEY, null))
                    .start();
            Flux<ChatResponse> chunks = Flux.<ChatResponse>create(
                            sink -> scheduler.schedule(() -> generate(request, sink)))
                    .doOnError(observation::error)
                    .doFinally(signal -> observation.stop())
                    .contextWrite(written -> written.put(ObservationThreadLocalAccessor.KEY, observation));
            return new MessageAggregator().aggregate(chunks, context::setResponse);
        });
    }

    /** Not a task that the subscription disposes of, since an interrupt could reach other work of the thread. */
    private void generate(ChatRequest request, FluxSink<ChatResponse> sink) {
        try {
            requireWanted(sink);
            GeneratedText answer = request.answer(generator, piece -> {
                requireWanted(sink);
                sink.next(piece(piece));
            });
            sink.next(response("", answer));
            sink.complete();
        } catch (CancellationException e) {
            sink.complete();
        } catch (RuntimeException | Error e) {
            sink.error(e);
        }
    }

    private static void requireWanted(FluxSink<ChatResponse> sink) {
        if (sink.isCancelled()) {
            throw new CancellationException("the subscriber has cancelled the answer");
        }
    }

    private ChatRequest request(Prompt prompt) {
        return ChatRequest.of(prompt, options, modelName, seed.orElseGet(ThreadLocalRandom.current()::nextLong));
    }

    private static ChatModelObservationContext context(ChatRequest request, boolean streaming) {
        return ChatModelObservationContext.builder()
                .prompt(request.prompt())
                .provider(AdaptedEmbeddingModel.PROVIDER)
                .streaming(streaming)
                .build();
    }

    private Observation observation(ChatModelObservationContext context) {
        return ChatModelObservationDocumentation.CHAT_MODEL_OPERATION.observation(
                convention, CONVENTION, () -> context, registry);
    }

    private ChatResponse piece(String text) {
        return new ChatResponse(
                List.of(new Generation(new AssistantMessage(text))),
                ChatResponseMetadata.builder().model(modelName).build());
    }

    private ChatResponse response(String text, GeneratedText answer) {
        ChatGenerationMetadata end = ChatGenerationMetadata.builder()
                .finishReason(answer.ended() ? "STOP" : "LENGTH")
                .build();
        return new ChatResponse(
                List.of(new Generation(new AssistantMessage(text), end)),
                ChatResponseMetadata.builder()
                        .model(modelName)
                        .usage(new DefaultUsage(answer.promptTokens(), answer.tokens()))
                        .build());
    }

    /** Sets up a chat model. For one thread at a time. */
    public static final class Builder {
        private final TextGenerator generator;
        private ChatOptions options = ChatOptions.builder().build();
        private OptionalLong seed = OptionalLong.empty();
        private Scheduler scheduler = Schedulers.boundedElastic();
        private ObservationRegistry registry = ObservationRegistry.NOOP;
        private ChatModelObservationConvention convention = CONVENTION;

        private Builder(TextGenerator generator) {
            this.generator = generator;
        }

        /** Sets options for prompts that do not set them. */
        public Builder options(ChatOptions defaults) {
            options = defaults;
            return this;
        }

        /** Sets the seed with which every answer is sampled; by default each has a random one. */
        public Builder seed(long fixed) {
            seed = OptionalLong.of(fixed);
            return this;
        }

        /** Sets the threads that compute streamed answers; by default {@link Schedulers#boundedElastic}. */
        public Builder scheduler(Scheduler threads) {
            scheduler = threads;
            return this;
        }

        /** Sets where answers are observed; by default nowhere. */
        public Builder observationRegistry(ObservationRegistry observations) {
            registry = observations;
            return this;
        }

        /** Sets the names and values of observations; by default Spring AI's. */
        public Builder observationConvention(ChatModelObservationConvention names) {
            convention = names;
            return this;
        }

        /** Makes the model; refuses a default option that is not supported or out of range. */
        public AdaptedChatModel build() {
            return new AdaptedChatModel(this);
        }
    }
}
