import jakarta.xml.ws.BindingType;
import jakarta.xml.ws.Endpoint;
import jakarta.xml.ws.Provider;
import jakarta.xml.ws.Service;
import jakarta.xml.ws.ServiceMode;
import jakarta.xml.ws.WebServiceProvider;
import jakarta.xml.ws.soap.SOAPBinding;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.xml.transform.Source;
import javax.xml.transform.stream.StreamSource;
import org.apache.cxf.jaxws.EndpointImpl;
import org.apache.cxf.staxutils.StaxUtils;
import org.apache.cxf.ws.security.wss4j.DefaultCryptoCoverageChecker;
import org.apache.cxf.ws.security.wss4j.WSS4JInInterceptor;
import org.apache.cxf.ws.security.wss4j.WSS4JOutInterceptor;
import org.apache.wss4j.common.ext.WSPasswordCallback;
import org.w3c.dom.Element;

/**
 * Services on Apache CXF (WSS4J) that demand what their address says and sign what they answer.
 *
 * <p>Arguments: port, folder of {@code source.p12}, {@code trusted.p12} and {@code password}, which is the user {@code hub}'s. Each
 * address is {@code /IN/OUT/VERSION}: the actions demanded, joined by {@code +}; how the answer tells its certificate; the SOAP
 * version. {@code Text} before the first action: the password as it is, not its digest. "ready" on standard output says that all of them listen.
 */
public final class CxfPeer {
    private static final String STORES = "changeit";
    private static final String ANSWER =
        "<p:GetPersonResponse xmlns:p='urn:test:persons'><p:Person><p:Number>%s</p:Number><p:Name>Ada &amp; é</p:Name>"
        + "<p:Born>1985-06-02</p:Born></p:Person></p:GetPersonResponse>";

    @WebServiceProvider(targetNamespace = "urn:test:persons", serviceName = "PersonsService")
    @ServiceMode(Service.Mode.PAYLOAD)
    public static class Persons implements Provider<Source> {
        @Override
        public Source invoke(Source request) {
            try {
                Element question = StaxUtils.read(request).getDocumentElement();
                String number = question.getElementsByTagNameNS("urn:test:persons", "Number").item(0).getTextContent();
                return new StreamSource(new StringReader(String.format(ANSWER, number)));
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        }
    }

    @WebServiceProvider(targetNamespace = "urn:test:persons", serviceName = "PersonsService")
    @ServiceMode(Service.Mode.PAYLOAD)
    @BindingType(SOAPBinding.SOAP12HTTP_BINDING)
    public static final class Persons12 extends Persons { }

    public static void main(String[] arguments) throws Exception {
        String root = "http://127.0.0.1:" + arguments[0];
        Path folder = Path.of(arguments[1]);
        String users = Files.readString(folder.resolve("password"));
        Properties ours = store(folder.resolve("source.p12"), "keystore");
        Properties theirs = store(folder.resolve("trusted.p12"), "truststore");
        CallbackHandler password = callbacks -> {
            for (Callback callback : callbacks) {
                WSPasswordCallback asked = (WSPasswordCallback) callback;
                asked.setPassword(asked.getIdentifier().equals("hub") ? users : STORES);
            }
        };
        for (String in : new String[] {
            "Timestamp+Signature", "UsernameToken+Timestamp", "UsernameToken+Timestamp+Signature"}) {
            for (String out : new String[] {"DirectReference", "IssuerSerial", "Thumbprint", "SKIKeyIdentifier"}) {
                publish(root, in, out, new Persons(), "11", ours, theirs, password);
            }
        }
        publish(root, "TextUsernameToken+Timestamp", "DirectReference", new Persons(), "11", ours, theirs, password);
        publish(root, "Timestamp+Signature", "DirectReference", new Persons12(), "12", ours, theirs, password);
        System.out.println("ready");
        System.in.read(); // until whoever started this closes its end, or ends
        System.exit(0);
    }

    private static void publish(
        String root, String in, String out, Persons service, String version, Properties ours, Properties theirs,
        CallbackHandler password) {
        EndpointImpl endpoint =
            (EndpointImpl) Endpoint.publish(root + "/" + in + "/" + out + "/" + version, service);

        Map<String, Object> demanded = new HashMap<>();
        demanded.put("action", in.replace("Text", "").replace('+', ' '));
        demanded.put("passwordType", in.startsWith("Text") ? "PasswordText" : "PasswordDigest");
        demanded.put("passwordCallbackRef", password);
        demanded.put("signatureVerificationPropRefId", "theirs");
        demanded.put("theirs", theirs);
        endpoint.getInInterceptors().add(new WSS4JInInterceptor(demanded));
        if (in.contains("Signature")) {
            DefaultCryptoCoverageChecker coverage = new DefaultCryptoCoverageChecker();
            coverage.setSignBody(true);
            coverage.setSignTimestamp(true);
            coverage.setSignUsernameToken(in.contains("UsernameToken"));
            coverage.setEncryptUsernameToken(false);
            endpoint.getInInterceptors().add(coverage);
        }

        Map<String, Object> answer = new HashMap<>();
        answer.put("action", "Timestamp Signature");
        answer.put("user", "source");
        answer.put("passwordCallbackRef", password);
        answer.put("signaturePropRefId", "ours");
        answer.put("ours", ours);
        answer.put("signatureKeyIdentifier", out);
        answer.put("signatureAlgorithm", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256");
        answer.put("signatureDigestAlgorithm", "http://www.w3.org/2001/04/xmlenc#sha256");
        String envelope = version.equals("12")
            ? "http://www.w3.org/2003/05/soap-envelope" : "http://schemas.xmlsoap.org/soap/envelope/";
        answer.put("signatureParts", "{Element}{http://docs.oasis-open.org/wss/2004/01/"
            + "oasis-200401-wss-wssecurity-utility-1.0.xsd}Timestamp;{Element}{" + envelope + "}Body");
        endpoint.getOutInterceptors().add(new WSS4JOutInterceptor(answer));
    }

    private static Properties store(Path file, String kind) {
        String prefix = "org.apache.wss4j.crypto.merlin." + kind + ".";
        Properties found = new Properties();
        found.put("org.apache.wss4j.crypto.provider", "org.apache.wss4j.common.crypto.Merlin");
        found.put(prefix + "type", "PKCS12");
        found.put(prefix + "file", file.toString());
        found.put(prefix + "password", STORES);
        if (kind.equals("keystore")) {
            found.put(prefix + "alias", "source");
        }
        return found;
    }

    private CxfPeer() { }
}
