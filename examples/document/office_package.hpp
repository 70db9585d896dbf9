// examples/document/office_package.hpp - the parts of an office document.
//
// DOCX, XLSX and PPTX (Office Open XML) and ODS (OpenDocument) are ZIP archives of XML. This opens one,
// gives its parts as trees, follows the relations from one part to another, and finds what all of them
// have: properties and images. The first thing that goes wrong is kept and ends the document.
//
//   document::office_package package{"DOCX nesting in levels"};
//   pugi::xml_document tree;
//   if (!package.open(bytes) || !package.load("word/document.xml", tree)) { return package.failure(); }
//
// What is no archive but an OLE2 file is an error that says so: a document from before 2007, or one
// with a password. Needs what zip_archive.hpp and xml_tree.hpp need.
#pragma once

#include "findings.hpp"
#include "growing_array.hpp"
#include "growing_bytes.hpp"
#include "name_index.hpp"
#include "xml_tree.hpp"
#include "zip_archive.hpp"

#include <linmem/bytes.hpp> // linmem::as_bytes
#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <pugixml.hpp>

#include <algorithm>   // std::equal
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <string_view> // std::string_view

namespace document {

/// See this header's first lines. Functions that return false have set failure().
class office_package {
public:
  static constexpr std::size_t longest_part = std::size_t{64} << 20U; ///< bytes unpacked: 64 MiB

  /// `levels` is what errors call nesting.
  explicit office_package(const char* levels) noexcept : levels_{levels} {}

  /// Takes `document`, which stays where it is.
  [[nodiscard]] bool open(std::string_view document) noexcept {
    constexpr std::string_view magic{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"};
    constexpr std::string_view stream{"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e", 31};
    if (document.starts_with(magic)) {
      const bool is_encrypted = document.find(stream) != std::string_view::npos;
      return fail({linmem::errc::unsupported,
                   is_encrypted ? "encrypted office document"
                                : "OLE2 file: an office document from before 2007",
                   0, 0});
    }
    return succeeds(zip_.open(document));
  }
  /// Why something returned false.
  [[nodiscard]] linmem::error failure() const noexcept { return failure_; }
  /// Ends the document for a reason of the caller's; false.
  bool fail(const linmem::error& reason) noexcept {
    failure_ = reason;
    return false;
  }
  /// The same for want of memory.
  bool fail_for_memory() noexcept {
    return fail({linmem::errc::out_of_memory, "office document in bytes", 0, 0});
  }

  /// True when there is a part `name`.
  [[nodiscard]] bool contains(std::string_view name) noexcept { return zip_.contains(name); }
  /// True when there is a part `name` and this is asked for the first time: however often a document
  /// refers to a part, it is read once.
  [[nodiscard]] bool take(std::string_view name) noexcept { return zip_.take(name); }

  /// Puts part `name` into `bytes`, which is empty.
  [[nodiscard]] bool unpack(std::string_view name, growing_bytes& bytes) noexcept {
    return succeeds(zip_.unpack(name, longest_part, bytes));
  }
  /// Makes a tree of `xml`, which part `name` holds. `flags` are pugixml's, beside the default ones:
  /// white space is kept where it is all that an element holds.
  [[nodiscard]] bool parse(std::string_view name, std::string_view xml, pugi::xml_document& tree,
                           unsigned flags = pugi::parse_ws_pcdata_single) noexcept {
    return succeeds(load_xml(name, levels_, xml, tree, flags));
  }
  /// The same of all that part `name` holds.
  [[nodiscard]] bool load(std::string_view name, pugi::xml_document& tree,
                          unsigned flags = pugi::parse_ws_pcdata_single) noexcept {
    growing_bytes xml;
    return unpack(name, xml) && parse(name, xml.text(), tree, flags);
  }

  /// Finds an image: part `name`, at `position` of the text, once. One that is too long is left out.
  [[nodiscard]] bool find_image(std::string_view name, std::uint64_t position,
                                findings& found) noexcept {
    if (!take(name)) { return true; }
    growing_bytes bytes;
    const linmem::error failed = zip_.unpack(name, longest_part, bytes);
    if (failed.code == linmem::errc::limit_exceeded) {
      found.truncate();
      return true;
    }
    if (!succeeds(failed)) { return false; }
    found.image(name.substr(name.rfind('/') + 1), media_type_of(name), position,
                linmem::as_bytes(bytes.text()));
    return true;
  }

private:
  bool succeeds(const linmem::error& result) noexcept {
    return result.code == linmem::errc::none || fail(result);
  }
  static std::string_view media_type_of(std::string_view name) noexcept {
    struct entry {
      std::string_view extension;
      std::string_view type;
    };
    static constexpr entry types[]{
        {"png", "image/png"},   {"jpeg", "image/jpeg"},   {"jpg", "image/jpeg"},
        {"gif", "image/gif"},   {"svg", "image/svg+xml"}, {"bmp", "image/bmp"},
        {"tiff", "image/tiff"}, {"tif", "image/tiff"},    {"webp", "image/webp"},
        {"emf", "image/emf"},   {"wmf", "image/wmf"},
    };
    const std::string_view extension = name.substr(name.rfind('.') + 1); // npos + 1 is 0
    for (const entry& e : types) {
      const auto lowered = [](char a, char b) { return a == (b | 0x20); };
      if (std::equal(e.extension.begin(), e.extension.end(), extension.begin(), extension.end(),
                     lowered)) {
        return e.type;
      }
    }
    return "application/octet-stream";
  }

  zip_archive zip_;
  const char* levels_;
  linmem::error failure_{};
};

/// The value of the attribute called `name` that has a prefix: the identifier of a relation, beside
/// which there may be other attributes of the name.
[[nodiscard]] inline std::string_view relation_of(pugi::xml_node node,
                                                  std::string_view name) noexcept {
  return node
      .find_attribute([&](pugi::xml_attribute a) {
        const std::string_view all = a.name();
        return all.size() > name.size() && local_name(all) == name;
      })
      .value();
}

/// What a part of an Office Open XML document refers to.
class relations {
public:
  /// Reads those of `part`, of the document itself when it is empty. A part may have none.
  [[nodiscard]] bool load(office_package& package, std::string_view part) noexcept {
    const std::size_t name = part.rfind('/') + 1; // npos + 1 is 0
    folder_.clear();
    growing_bytes file;
    if (!folder_.append(part.substr(0, name)) || !file.append(folder_.text()) ||
        !file.append("_rels/") || !file.append(part.substr(name)) || !file.append(".rels")) {
      return package.fail_for_memory();
    }
    all_.clear();
    ids_ = name_index{};
    tree_.reset();
    if (!package.contains(file.text())) { return true; }
    if (!package.load(file.text(), tree_)) { return false; }
    for (const pugi::xml_node node : tree_.document_element().children()) {
      const relation r{attribute_of(node, "Type"), attribute_of(node, "Target"),
                       attribute_of(node, "TargetMode") == "External"};
      if (!ids_.add(attribute_of(node, "Id"), all_.size()) || !all_.push(r)) {
        return package.fail_for_memory();
      }
    }
    ids_.sort();
    return true;
  }

  /// The address outside of the document that `id` means; empty when it means none.
  [[nodiscard]] std::string_view address(std::string_view id) noexcept {
    const relation r = by_id(id);
    return r.is_external ? r.target : std::string_view{};
  }
  /// Puts the name of the part that `id` means into `part`: empty when it means none. False when
  /// there is no memory.
  [[nodiscard]] bool part(std::string_view id, growing_bytes& part) noexcept {
    return resolve(by_id(id), part);
  }
  /// The same for the first relation whose type ends with `type`, for example "/styles"; `otherwise`
  /// when there is none.
  [[nodiscard]] bool part_of_type(std::string_view type, std::string_view otherwise,
                                  growing_bytes& part) noexcept {
    for (const relation& r : all_) {
      if (r.type.ends_with(type)) { return resolve(r, part); }
    }
    part.clear();
    return part.append(otherwise);
  }

private:
  struct relation { // text in tree_
    std::string_view type;
    std::string_view target;
    bool is_external = false;
  };

  [[nodiscard]] relation by_id(std::string_view id) noexcept {
    const name_entry* const found = ids_.find(id);
    return found == nullptr ? relation{} : all_[found->value];
  }
  // A target is relative to the folder of the part, "../" and all, or begins with "/".
  [[nodiscard]] bool resolve(const relation& r, growing_bytes& part) noexcept {
    std::string_view target = r.target;
    part.clear();
    if (target.empty() || r.is_external) { return true; }
    std::string_view folder = folder_.text();
    if (target.starts_with('/')) {
      folder = {};
      target.remove_prefix(1);
    }
    for (;;) {
      if (target.starts_with("./")) { target.remove_prefix(2); }
      if (!target.starts_with("../")) { break; }
      target.remove_prefix(3);
      folder = folder.substr(0, folder.empty() ? 0 : folder.size() - 1);
      folder = folder.substr(0, folder.rfind('/') + 1);
    }
    return part.append(folder) && part.append(target);
  }

  growing_bytes folder_; // of the part, with its "/"
  pugi::xml_document tree_;
  growing_array<relation> all_;
  name_index ids_;
};

/// Finds title, author and so on in `list`, whose elements are properties of a document.
inline void find_properties(pugi::xml_node list, findings& found) noexcept {
  struct entry {
    std::string_view name;
    std::string_view key;
  };
  static constexpr entry properties[]{
      {"title", "title"},       {"creator", "author"},          {"initial-creator", "author"},
      {"subject", "subject"},   {"description", "description"}, {"keywords", "keywords"},
      {"language", "language"}, {"created", "created"},         {"creation-date", "created"},
      {"modified", "modified"}, {"date", "modified"},
  };
  growing_bytes keywords; // OpenDocument has an element for each
  for (const pugi::xml_node property : list.children()) {
    const std::string_view value = property.text().get();
    if (local_name(property) == "keyword" && !value.empty()) {
      const bool is_kept =
          (keywords.size() == 0 || keywords.append(", ")) && keywords.append(value);
      if (!is_kept) { found.truncate(); }
    }
    for (const entry& e : properties) {
      if (e.name == local_name(property) && !value.empty()) { found.text(e.key, value); }
    }
  }
  if (keywords.size() != 0) { found.text("keywords", keywords.text()); }
}

/// The main part of an Office Open XML document, its relations and its properties.
class office_document {
public:
  /// `usual` is the name of the main part of an archive that does not say it.
  [[nodiscard]] bool open(office_package& package, std::string_view usual,
                          findings& found) noexcept {
    relations own;
    growing_bytes properties;
    if (!own.load(package, "")) { return false; }
    if (!own.part_of_type("/officeDocument", usual, part_) ||
        !own.part_of_type("/core-properties", "docProps/core.xml", properties)) {
      return package.fail_for_memory();
    }
    if (found.wanted().metadata && package.contains(properties.text())) {
      pugi::xml_document tree;
      if (!package.load(properties.text(), tree)) { return false; }
      find_properties(tree.document_element(), found);
    }
    return related.load(package, part_.text());
  }
  /// The main part's name.
  [[nodiscard]] std::string_view part() const noexcept { return part_.text(); }

  relations related; ///< of the main part

private:
  growing_bytes part_;
};

/// Opens an OpenDocument file and finds its properties. An encrypted one is an error.
[[nodiscard]] inline bool open_odf(office_package& package, std::string_view document,
                                   findings& found) noexcept {
  constexpr std::string_view manifest = "META-INF/manifest.xml";
  if (!package.open(document)) { return false; }
  growing_bytes entries;
  if (package.contains(manifest) && !package.unpack(manifest, entries)) { return false; }
  if (entries.text().find(":encryption-data") != std::string_view::npos) {
    return package.fail({linmem::errc::unsupported, "encrypted office document", 0, 0});
  }
  if (found.wanted().metadata && package.contains("meta.xml")) {
    pugi::xml_document tree;
    if (!package.load("meta.xml", tree)) { return false; }
    find_properties(child_of(tree.document_element(), "meta"), found);
  }
  return true;
}

} // namespace document
