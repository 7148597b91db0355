-- MySQL dump 10.13  Distrib 8.0.39, for Linux (x86_64)
--
-- Host: localhost    Database: wordpress
-- ------------------------------------------------------
/*!40101 SET NAMES utf8mb4 */;

DROP TABLE IF EXISTS `wp_commentmeta`;
CREATE TABLE `wp_commentmeta` (
  `meta_id` bigint unsigned NOT NULL AUTO_INCREMENT,
  `meta_value` longtext,
  PRIMARY KEY (`meta_id`)
) ENGINE=InnoDB;
INSERT INTO `wp_commentmeta` VALUES (1,'it\'s; (a)');

DROP TABLE IF EXISTS `wp_users`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
CREATE TABLE `wp_users` (
  `ID` varchar(255) NOT NULL DEFAULT '',
  `user_login` varchar(255) NOT NULL DEFAULT '',
  `user_pass` varchar(255) NOT NULL DEFAULT '',
  `user_nicename` varchar(255) NOT NULL DEFAULT '',
  `user_email` varchar(255) NOT NULL DEFAULT '',
  `user_url` varchar(255) NOT NULL DEFAULT '',
  `user_registered` varchar(255) NOT NULL DEFAULT '',
  `user_activation_key` varchar(255) NOT NULL DEFAULT '',
  `user_status` varchar(255) NOT NULL DEFAULT '',
  `display_name` varchar(255) NOT NULL DEFAULT '',
  PRIMARY KEY (`ID`),
  KEY `user_login_key` (`user_login`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

LOCK TABLES `wp_users` WRITE;
/*!40000 ALTER TABLE `wp_users` DISABLE KEYS */;
INSERT INTO `wp_users` VALUES (31,'wilma','$wp$2y$05$2YcY02smMDa80r5kx08/uOwyil7F/Ldl8GOYlcg.jVZ6KvFQ/Danm','wilma','wilma@example.com','https://example.com','2024-02-03 04:05:06','',0,'Wilma Vos'),(32,'o\'hara','$P$6AMTEY926Lo0d9tQCTadaNhEuGI/5A.','ohara','ohara@example.com','','2019-02-03 04:05:06','',0,'O\'Hara'),(33,'xenia','bdd3b89239ef42be30d0c17a8b53e2e7','xenia','xenia@example.com','','0000-00-00 00:00:00','',0,'Xenia \\ \"Zoë\"');
UNLOCK TABLES;
-- Dump completed on 2024-06-01 12:00:00
