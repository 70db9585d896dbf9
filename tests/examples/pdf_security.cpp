// Encrypted PDF files, and what they are encrypted with.
#include "../../examples/document/pdf_ciphers.hpp"
#include "../../examples/document/pdf_digests.hpp"
#include "../../examples/document/pdf_text.hpp"

#include "failing_malloc.hpp"
#include "run_transform.hpp"

#include <linmem/bytes.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using document::pdf_text;
using run_transform::failure_for;

template <class Bytes>
std::string hex(const Bytes& bytes) {
  std::string text;
  for (const char c : bytes) {
    for (const unsigned shift : {4U, 0U}) {
      text += "0123456789abcdef"[static_cast<unsigned char>(c) >> shift & 15U];
    }
  }
  return text;
}
std::string unhex(std::string_view digits) {
  document::growing_bytes bytes;
  REQUIRE(document::pdf_bytes('<' + std::string{digits} + '>', bytes));
  return std::string{bytes.text()};
}

TEST_CASE("the digests are those of their standards, around the end of a block too") {
  CHECK(hex(document::md5_digest("")) == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(hex(document::md5_digest("abc")) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(hex(document::md5_digest(std::string(119, 'x'))) == "ab347a5f68c8a443cfcddc633f12c24f");
  CHECK(hex(document::sha2_digest<256>("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(document::sha2_digest<256>(std::string(56, 'x'))) ==
        "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e");
  CHECK(hex(document::sha2_digest<384>("abc")) ==
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
        "8086072ba1e7cc2358baeca134c825a7");
  CHECK(hex(document::sha2_digest<512>(std::string(111, 'x'))) ==
        "9a2a120825c2319867758ec277924f6faa254968bf752046dacdd948d8ad299b"
        "10359fd04bfd7d3810b5fa1b16a294236138baff981cbb85248478053ac4d3dd");
  CHECK(hex(document::sha2_digest<512>(std::string(112, 'x'))) ==
        "a3722b515ef40c910f2419f6e0da8ca51d410114ce6272faae64045f9e9f630e"
        "7fa8dd5a3243c9860b899d148c3da4bc0f9e07454542604d030bb55531fe0d5b");
}

TEST_CASE("the ciphers are those of their standards") {
  std::string text = "Plaintext";
  document::rc4{"Key"}.apply(text.data(), text.size());
  CHECK(hex(text) == "bbf316e8d940af0ad3");
  const std::string plain = unhex("00112233445566778899aabbccddeeff"); // FIPS 197, appendix C
  const auto check = [&](std::string_view key, const std::string& expected) {
    const document::aes cipher{unhex(key)};
    std::string block = plain;
    cipher.encrypt({}, block.data(), block.size());
    CHECK(hex(block) == expected);
    cipher.decrypt({}, block.data(), block.size());
    CHECK(block == plain);
  };
  check("000102030405060708090a0b0c0d0e0f", "69c4e0d86a7b0430d8cdb78070b4c55a");
  check("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "8ea2b7ca516745bfeafc49904b496089");
  std::string two = plain + plain; // a chain: equal blocks become different ones
  const document::aes cipher{plain};
  cipher.encrypt(document::aes::block_of("0123456789abcdef"), two.data(), two.size());
  CHECK(two.substr(0, 16) != two.substr(16));
  cipher.decrypt(document::aes::block_of("0123456789abcdef"), two.data(), two.size());
  CHECK(two == plain + plain);
}

// What another program (qpdf) made of one small file with each of the ways: the dictionary, the bytes of
// the page's stream, and the title.
struct encrypted_file {
  std::string_view way;
  std::string_view dictionary;
  std::string_view stream;
  std::string_view title;
};
constexpr encrypted_file files[]{
    {"RC4, 40 bits",
     "<< /Filter /Standard /Length 40 /O <c92422687facee686e373f10b5c7d04738053152f7e2"
     "ee30e11c69ec442576ab> /P -4 /R 2 /U <ebdb155e7b074e39d874cb42ee652d429b1033ebe60"
     "a518990e05b5274b22680> /V 1 >>",
     "6844960e1be5236a0d8421145c98337d2be246984052581e97", "<414725ace8>"},
    {"RC4, 128 bits",
     "<< /Filter /Standard /Length 128 /O <566fa873ee33c797cd3b904fdadf814afa34df9a38f"
     "6ed41b984e2c6da2aa6f5> /P -4 /R 3 /U <44bd277c4ba5ebcc2cd973c46573f8a40122456a91"
     "bae5134273a6db134c87c4> /V 2 >>",
     "7ffd8b6e08070f385684e91f2ee04344b5b0b01e7974fc84f3", "<217b891223>"},
    {"AES, 128 bits",
     "<< /CF << /StdCF << /AuthEvent /DocOpen /CFM /AESV2 /Length 16 >> >> /Filter /St"
     "andard /Length 128 /O <566fa873ee33c797cd3b904fdadf814afa34df9a38f6ed41b984e2c6d"
     "a2aa6f5> /P -4 /R 4 /StmF /StdCF /StrF /StdCF /U <44bd277c4ba5ebcc2cd973c46573f8"
     "a40122456a91bae5134273a6db134c87c4> /V 4 >>",
     "f5f880ee48f110af3a9651248c39b80d691125bedd68abc7faf6f2436ee128cc7bb732a6424dc71e"
     "b1d879e36e871370",
     "<27ab59f0d955928e69e051132e682917dcf1c73b0b46fa66eff9c0f8920fe2a5>"},
    {"AES, 256 bits, revision 5",
     "<< /CF << /StdCF << /AuthEvent /DocOpen /CFM /AESV3 /Length 32 >> >> /Filter /St"
     "andard /Length 256 /O <a50d01a26b6735e3b2146e17bcd3c2e71d13b0f265290ed211b03d574"
     "cfeff65ae042157c5fe6cec2d56da5846549060> /OE <dc53e9bbb01ef103a8b26fefc7c6df8b5a"
     "4c8978159da088c486b1b7f44bcc40> /P -4 /Perms <bde473c2d8eaac5ae152f230ca23f207> "
     "/R 5 /StmF /StdCF /StrF /StdCF /U <248bd4b993f9f6a3a9fa0e928321229f18f96782cfb21"
     "8c80b96543fd9561d52eae3e9ad469e9dce4d4f523a39719120> /UE <2ac5a5e96ec3de8002b960"
     "2271e35a64d842da62f4551c6599ecc8528cc845c1> /V 5 >>",
     "048448c89dbbcd25e8d3644c175f534553af6d33c9d3937e45a9017dca40a944a39c8ac5fab9feaf"
     "770b8b3b33547034",
     "<f8188cb7274cda4d918d362f1ce8350807db66506f374cf3b8966a60dccf5bac>"},
    {"AES, 256 bits, revision 6",
     "<< /CF << /StdCF << /AuthEvent /DocOpen /CFM /AESV3 /Length 32 >> >> /Filter /St"
     "andard /Length 256 /O <0e9d70846b3fcf5ad2498dae5f3a4601a97d5cc2f8f50de810d73d9db"
     "042c0d9e35ded4a878d51bc82ca8663cecae28c> /OE <b77186e9aa59c982157d522c350a5a3a6e"
     "bed5e9d943299a8c06e9fdacc1f331> /P -4 /Perms <12363b99952adcc063c05c9af21eeea3> "
     "/R 6 /StmF /StdCF /StrF /StdCF /U <099b793bf30ad8bbf6817e6b8304fa8c5a3212ca3061d"
     "d623feb3ec36ddee7035c1bb4fc3dc23b15d139bc2237f70da4> /UE <2a1db8e45b0ce9561b72c6"
     "2330ead6c2855f0f17cbf75319dd040862ae9fc160> /V 5 >>",
     "d952d0fe0c9f52c28ab49ee930d9b22cff6a011380109c80694aa5d285d597e5dc218dc13f2cad97"
     "ea7a9f6b8f42f06f",
     "<f45615c5f4bf8dc796cc7f82b1b02e01e5dda4f761bbe657eb7891236285a5d4>"},
};
std::string file_of(const encrypted_file& made) {
  const std::string data = unhex(made.stream);
  return "%PDF-1.7\n1 0 obj << /Pages 3 0 R >> endobj\n2 0 obj << /Title " +
         std::string{made.title} +
         " >> endobj\n3 0 obj << /Kids [4 0 R] /Resources << /Font << /F 5 0 R >> >> >> endobj\n"
         "4 0 obj << /Contents 6 0 R >> endobj\n5 0 obj << /Subtype /Type1 /BaseFont /Helvetica >> "
         "endobj\n6 0 obj\n<< /Length " +
         std::to_string(data.size()) + " >>\nstream\n" + data + "\nendstream\nendobj\n9 0 obj " +
         std::string{made.dictionary} +
         " endobj\ntrailer << /Info 2 0 R /Root 1 0 R /Encrypt 9 0 R /ID [<0123456789abcdef> <00>] "
         ">>\n";
}

TEST_CASE("a file that asks for no password is read, whichever way it is encrypted") {
  for (const encrypted_file& made : files) {
    CAPTURE(made.way);
    const std::string file = file_of(made);
    pdf_text t{pdf_text::default_limit, {.metadata = true}};
    std::vector<std::byte> out(4096);
    const linmem::step_result r = t.step(linmem::as_bytes(file), out, true);
    REQUIRE(r.status == linmem::step_status::done);
    CHECK(linmem::as_text(std::span{out}.first(r.produced)) == "secret\n");
    CHECK(nlohmann::json::parse(t.items().metadata())["title"] == "quiet");
  }
}

TEST_CASE(
    "a file that asks for a password, or is encrypted in another way, is an error that says so") {
  for (const encrypted_file& made : files) {
    CAPTURE(made.way);
    std::string file = file_of(made);
    const std::size_t user = file.find("/U <") + 4;
    file[user] = file[user] == '0' ? '1' : '0';
    CHECK(failure_for<pdf_text>(file) == "PDF that asks for a password");
    file.replace(file.find("/Standard"), 9, "/Adobe.PubSec");
    CHECK(failure_for<pdf_text>(file) == "PDF: the way it is encrypted");
  }
}

TEST_CASE("what a file says of its encryption, with a byte another, is no more than an error") {
  for (const encrypted_file& made : files) {
    const std::string file = file_of(made);
    for (std::size_t at = 0; at < file.size(); at += 101) { // each costs a key
      std::string other = file;
      other[at] = static_cast<char>(other[at] ^ 1);
      static_cast<void>(failure_for<pdf_text>(other)); // the sanitizers watch
    }
  }
}

} // namespace
