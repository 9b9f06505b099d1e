package org.lsradapt.models.internal.tokenizers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.parts.Transformer;

/**
 * Each refused part ended the process, or could take any time or memory, when it reached the native library; but for those
 * that the library refuses by itself.
 */
class TokenizerCheckTest {

    private static final Transformer MODEL = SmallModel.BERT.model(12, 3, 20, 16, 64);
    private static final JsonMapper JSON = new JsonMapper();

    private static final String WORD_PIECE = "{'type':'WordPiece','unk_token':'u','continuing_subword_prefix':'##',"
            + "'max_input_chars_per_word':100,'vocab':{'u':0,'a':1,'##a':2,'b':3,'é':4,'\u2581a':5,'c':6,'s':7}}";
    private static final String UNIGRAM =
            "{'type':'Unigram','unk_id':0,'vocab':[['u',0],['a',-1.5],['b',-2],['\u2581a',-1],['ab',-3]]}";
    private static final String REFUSED = "t.json: not a tokenizer that can be used: ";
    private static final String PAIRS = "{'unk_token':null,'vocab':{'a':0,'b':1,'ab':2},'merges':['a b']}";

    private static String file(String section, String content) {
        try {
            ObjectNode root = JSON.createObjectNode().put("version", "1.0");
            root.set("model", JSON.readTree(WORD_PIECE.replace('\'', '"')));
            root.set(section, JSON.readTree(content.replace('\'', '"')));
            return root.toString();
        } catch (IOException e) {
            throw new IllegalArgumentException(content, e);
        }
    }

    private static FastTokenizer load(String json) throws IOException {
        return FastTokenizer.of("t.json", json.getBytes(StandardCharsets.UTF_8), MODEL);
    }

    private static String refusal(String json) {
        return assertThrows(IOException.class, () -> load(json)).getMessage();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "normalizer|{'type':'Precompiled','precompiled_charsmap':''}|precompiled_charsmap\": has 0 bytes",
                "normalizer|{'type':'Precompiled','precompiled_charsmap':null}|precompiled_charsmap\": found null",
                "normalizer|{'type':'Precompiled'}|precompiled_charsmap\": missing",
                "normalizer|{'type':'Replace','pattern':{'Regex':'(a+)+b'},'content':'a'}|pattern.Regex\": found expression ",
                "normalizer|{'pattern':{'Regex':'(a+)+b'},'content':'a'}|pattern.Regex\": found expression ",
                "normalizer|{'type':'Replace','pattern':{'Regex':'\\\\w'},'content':' '}|matches white space or punctuation alone",
                "normalizer|{'type':'Replace','pattern':{'String':''},'content':'b'}|pattern\": is an empty text",
                "normalizer|{'type':'Replace','pattern':{'String':'a'},'content':' '}|replaces \"a\" by \" \"",
                "normalizer|{'type':'Sequence','normalizers':[{'type':'Replace','pattern':{'String':'-'},"
                        + "'content':'---------'},{'type':'Replace','pattern':{'String':'-'},'content':'--------'}]}"
                        + "|normalizers[1]\": makes a text, with those before it, more than 64 times as long",
                "normalizer|{'type':'Sequence','normalizers':[['Replace',{'Regex':'(a+)+b'},'a']]}|an array of objects",
                "normalizer|{'type':'Prepend','prepend':''}|prepend\": is empty, expected a text",
                "pre_tokenizer|{'type':'FixedLength','length':0}|length\": found 0, expected at least 1",
                "pre_tokenizer|{'type':'Split','pattern':{'Regex':'(a+)+b'},'behavior':'Isolated','invert':false}"
                        + "|pattern.Regex\": found expression \"(a+)+b\", expected one that cannot go back",
                "decoder|{'type':'Strip','content':'a','start':0,'stop':1}|stop\": found 1, expected 0",
                "post_processor|{'type':'TemplateProcessing','single':[{'Sequence':{'id':'B','type_id':0}}],'pair':[],"
                        + "'special_tokens':{}}|single\": has texts [B], expected each of [A] once",
                "post_processor|{'type':'TemplateProcessing','single':[{'Sequence':{'id':'A','type_id':0}},"
                        + "{'SpecialToken':{'id':'x','type_id':0}}],'pair':[],'special_tokens':{}}"
                        + "|SpecialToken.id\": found \"x\", which \"special_tokens\" has not",
                "post_processor|{'type':'TemplateProcessing','single':[],'pair':[],'special_tokens':{'s':{'id':'s',"
                        + "'ids':[1,2],'tokens':['s']}}}|ids\": has 2, expected one for each of \"tokens\"",
                "post_processor|{'type':'Sequence','processors':[{'type':'BertProcessing','sep':['s',7],'cls':['u',0]},"
                        + "{'type':'BertProcessing','sep':['s',7],'cls':['u',0]}]}|processors[1]\": follows the step",
                "post_processor|{'type':'Sequence','processors':[{'type':'BertProcessing','sep':['s',7],'cls':['u',0]},"
                        + "{'type':'ByteLevel','add_prefix_space':true,'trim_offsets':true}]}|processors[1]\": follows the step",
                "model|{'type':'BPE','vocab':{'a':0},'merges':[],'continuing_subword_prefix':'#'}|found \"#\"",
                "model|{'type':'WordPiece','unk_token':'a','continuing_subword_prefix':'','vocab':{'a':0},"
                        + "'max_input_chars_per_word':1000000000}|found more than 1000",
                "model|{'type':'Unigram','vocab':[['a',1],['b',1],['c',1],['d',1],['e',1],['f',1],['g',1],['h',1],['i',1],"
                        + "['j',1],['k',1],['l',1],['m',1],['n',1],['o',1],['p',1],['q',1]],'unk_id':0}|token 'q' has id 16",
                "added_tokens|[{'id':8,'content':'\u0301','normalized':true}]|added_tokens[0].content\": found",
                "added_tokens|[{'id':8,'content':' ','normalized':false,'lstrip':true,'rstrip':true}]|lstrip\": found true",
                "added_tokens|[{'id':8,'content':' ','normalized':false,'rstrip':true}]|rstrip\": found true",
                "added_tokens|[{'id':16,'content':'x','normalized':false}]|token 'x' has id 16",
                "added_tokens|[{'id':'a','content':'x'}]|id\": found \"a\", expected a whole number",
                "normalizer|{'type':'Filter'}|" + REFUSED
                        + "data did not match any variant of untagged enum Normalizer",
                "pre_tokenizer|{'type':'Split','pattern':{'String':'a'},'behavior':'Lost','invert':false}|" + REFUSED
                        + "unknown variant `Lost`",
                "model|{'type':'Unigram','vocab':[['a','b']],'unk_id':0}|" + REFUSED + "invalid type: string",
                "model|{'type':'Unigram','vocab':[['a',1]],'unk_id':1}|" + REFUSED + "Unable to load vocab",
            })
    void of_whatTheLibraryCannotTake_isRefused(String section, String content, String complaint) throws IOException {
        String json = file(section, content);
        if (section.equals("added_tokens")) {
            ObjectNode root = (ObjectNode) JSON.readTree(json);
            root.putObject("normalizer").put("type", "StripAccents");
            json = root.toString();
        }
        String message = refusal(json);
        assertTrue(message.startsWith("t.json: ") && message.contains(complaint), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "normalizer|{'type':'Sequence','normalizers':[{'type':'Strip','strip_left':true,'strip_right':true},"
                        + "{'type':'Replace','pattern':{'Regex':' {2,}'},'content':' '},{'type':'NFKC'},{'type':'Nmt'},"
                        + "{'type':'Replace','pattern':{'String':'``'},'content':'x'},{'type':'NFD'},{'type':'NFKD'},"
                        + "{'type':'Lowercase'},{'type':'StripAccents'},{'type':'NFC'}]}",
                "normalizer|{'type':'Sequence','normalizers':[{'type':'Prepend','prepend':'\u2581'},"
                        + "{'type':'Replace','pattern':{'String':' '},'content':'\u2581'}]}",
                "normalizer|{'type':'BertNormalizer','clean_text':true,'handle_chinese_chars':true,"
                        + "'strip_accents':null,'lowercase':true}",
                "pre_tokenizer|{'type':'Sequence','pretokenizers':[{'type':'WhitespaceSplit'},{'type':'Metaspace',"
                        + "'replacement':'\u2581','prepend_scheme':'always','split':true}]}",
                "pre_tokenizer|{'type':'Sequence','pretokenizers':[{'type':'Punctuation','behavior':'Contiguous'},"
                        + "{'type':'Digits','individual_digits':true},{'type':'ByteLevel','add_prefix_space':true,"
                        + "'trim_offsets':true}]}",
                "pre_tokenizer|{'type':'FixedLength','length':1}",
                "pre_tokenizer|{'type':'Whitespace'}",
                "decoder|{'type':'Sequence','decoders':[{'type':'Replace','pattern':{'String':'\u2581'},'content':' '},"
                        + "{'type':'ByteFallback'},{'type':'Fuse'},{'type':'Strip','content':' ','start':1,'stop':0}]}",
                "decoder|{'type':'BPEDecoder','suffix':'</w>'}",
                "post_processor|{'type':'RobertaProcessing','sep':['s',7],'cls':['u',0],'trim_offsets':true,"
                        + "'add_prefix_space':false}",
                "post_processor|{'type':'BertProcessing','sep':['s',7],'cls':['u',0]}",
                "added_tokens|[{'id':7,'content':'s','single_word':false,'lstrip':true,'rstrip':false,'normalized':true,"
                        + "'special':true}]",
                "truncation|{'direction':'Right','max_length':1,'strategy':'LongestFirst','stride':5}",
                "padding|{'strategy':{'Fixed':128},'direction':'Right','pad_to_multiple_of':0,'pad_id':0,"
                        + "'pad_type_id':0,'pad_token':'u'}",
                "model|" + UNIGRAM,
                "model|" + PAIRS
            })
    void of_partsOfKnownModels_tokenizeAnyText(String section, String content) throws IOException {
        try (FastTokenizer tokenizer = load(file(section, content))) {
            for (String text :
                    new String[] {"a", "", " ", "\u0007a b", "e\u0301 \u3000aa", "\ud83d\ude42 ab 12", "ab\r\n"}) {
                int[] ids = tokenizer.encode(text, "b", 64).ids();
                assertTrue(tokenizer.decode(ids).length() <= 100);
            }
        }
    }

    /** As some of CLIP's files have it: transformers reads them, and fails at a text that would need the token. */
    @Test
    void unknownToken_thatIsAddedAlone_isTakenUntilATextNeedsIt() throws IOException {
        ObjectNode root = JSON.createObjectNode();
        root.set(
                "model",
                JSON.readTree("{\"type\":\"BPE\",\"unk_token\":\"u\",\"vocab\":{\"a\":0,\"b\":1},\"merges\":[]}"));
        ObjectNode added = root.putArray("added_tokens")
                .addObject()
                .put("id", 2)
                .put("content", "u")
                .put("special", true);
        added.put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false);
        try (FastTokenizer tokenizer = load(root.toString())) {
            assertArrayEquals(new int[] {0, 2, 1}, tokenizer.ids("aub"));
            String expected =
                    "t.json: a text has a piece that is not a token, and \"vocab\" has no \"unk_token\" for it: ";
            for (Executable use : new Executable[] {() -> tokenizer.ids("ac"), () -> tokenizer.encode("ac", null, 9)}) {
                String message =
                        assertThrows(IllegalArgumentException.class, use).getMessage();
                assertTrue(message.startsWith(expected), message);
            }
        }
    }

    @Test
    void of_charsMap_replacesAsItSays() throws IOException {
        Map<String, String> rules = new TreeMap<>(Map.of("\uff41", "a", "\u0007", ""));
        String map = CharsMaps.base64(CharsMaps.units(rules), CharsMaps.replacements(rules));
        String json = file("normalizer", "{'type':'Precompiled','precompiled_charsmap':'" + map + "'}");
        try (FastTokenizer tokenizer = load(json)) {
            assertArrayEquals(new int[] {1}, tokenizer.ids("\uff41"));
            assertArrayEquals(new int[] {1, 2}, tokenizer.ids("\u0007a\uff41"));
            assertArrayEquals(new int[] {0}, tokenizer.ids("\uff42"));
        }
    }

    @Test
    void of_otherEncodingsOrTokensTwice_areRefused() {
        String json = file("padding", "null");
        assertEquals(
                "t.json: not UTF-8 text",
                assertThrows(
                                IOException.class,
                                () -> FastTokenizer.of("t.json", json.getBytes(StandardCharsets.UTF_16), MODEL))
                        .getMessage());
        assertTrue(refusal(json.replace("\"a\":1", "\"a\":1,\"a\":3")).startsWith("t.json: not valid JSON: Duplicate"));
        assertTrue(refusal(json + "x").startsWith("t.json: not valid JSON: "));
        assertEquals(
                "t.json: token 8 has more than 1024 bytes",
                refusal(json.replace("\"a\":1", "\"" + "a".repeat(1025) + "\":8")));
    }
}
